import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { chooseEnvironment } from '../commands/choose-environment.ts'
import { command } from '../commands/command.ts'
import { failingRules, type Finding, findingsOf, PACKS } from './findings.ts'

const HELP = `npm run policy -- [--env NAME]

Says what every pack finds in an environment, and how much of it is explained. Ends with 1 if
something is not.

  --env NAME   an environment in infra/config.ts; can be given several times. Without it dev and prod
  --reasons    prints each finding with its reason`

const spec = {
  help: HELP,
  options: { env: { type: 'string', multiple: true }, reasons: { type: 'boolean' } },
} as const

const ENVIRONMENTS_DEFAULT = ['dev', 'prod']
const COLUMNS = ['failing rules', 'findings', 'acknowledged', 'unexplained'] as const

const CdkJson = z.object({ context: z.record(z.string(), z.unknown()) })

await command(spec, async ({ env = ENVIRONMENTS_DEFAULT, reasons = false }) => {
  const chosen = env.map(chooseEnvironment)
  const cdkJson: unknown = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../cdk.json'), 'utf8'),
  )
  const { context } = CdkJson.parse(cdkJson)
  let unexplained = 0
  for (const settings of chosen) {
    const findings = findingsOf(settings, context)
    unexplained += findings.filter(({ reason }) => reason === undefined).length
    print([settings.environment, ...tableOf(findings), '', ...open(findings)])
    if (reasons) print(reasonsOf(findings))
  }
  return unexplained === 0 ? 0 : 1
})

function tableOf(findings: readonly Finding[]): string[] {
  const rows = PACKS.map((pack) => {
    const own = findings.filter((finding) => finding.pack === pack)
    const explained = own.filter(({ reason }) => reason !== undefined).length
    const counts = [failingRules(own), own.length, explained, own.length - explained]
    return [pack, ...counts.map(String)]
  })
  return [['pack', ...COLUMNS], ...rows].map(([name = '', ...cells]) =>
    [name.padEnd(24), ...cells.map((cell, index) => cell.padStart(widthOf(index)))].join('  '),
  )
}

function widthOf(column: number): number {
  return COLUMNS[column]?.length ?? 0
}

function open(findings: readonly Finding[]): string[] {
  return findings
    .filter(({ reason }) => reason === undefined)
    .map(({ rule, path }) => `unexplained: ${rule} at ${path}`)
}

function reasonsOf(findings: readonly Finding[]): string[] {
  const byReason = Map.groupBy(findings, ({ reason }) => reason ?? 'unexplained')
  return [...byReason].flatMap(([reason, same]) => [
    reason,
    ...new Set(same.map(({ rule, path }) => `  ${rule} at ${path}`)),
    '',
  ])
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`)
}
