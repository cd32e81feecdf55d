import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { config } from '../config.ts'
import { ConfigError, readConfig } from '../read-config.ts'
import { failingRules, type Finding, findingsOf, PACKS } from './findings.ts'

// `npm run policy`: what every pack finds in dev and prod, and how much of it is explained.
// `-- --reasons` prints each finding with its reason, `-- --env staging` another environment.

const ENVIRONMENTS_DEFAULT = ['dev', 'prod']
const COLUMNS = ['failing rules', 'findings', 'acknowledged', 'unexplained'] as const

const CdkJson = z.object({ context: z.record(z.string(), z.unknown()) })

try {
  process.exitCode = main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof ConfigError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}

function main(words: readonly string[]): number {
  const chosen = words.flatMap((word, index) => (words[index - 1] === '--env' ? [word] : []))
  const cdkJson: unknown = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../cdk.json'), 'utf8'),
  )
  const { context } = CdkJson.parse(cdkJson)
  let unexplained = 0
  for (const environment of chosen.length > 0 ? chosen : ENVIRONMENTS_DEFAULT) {
    const findings = findingsOf(readConfig(config, environment), context)
    unexplained += findings.filter(({ reason }) => reason === undefined).length
    print([environment, ...tableOf(findings), '', ...open(findings)])
    if (words.includes('--reasons')) print(reasonsOf(findings))
  }
  return unexplained === 0 ? 0 : 1
}

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
