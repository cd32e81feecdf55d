import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { CDK_BUILDERS } from '../../infra/commands/container-tools.ts'
import { config } from '../../infra/config.ts'
import { readConfig } from '../../infra/read-config.ts'
import { EXISTING, prodWith } from './configured.ts'
import { REPOSITORY_ROOT } from './synthesized.ts'

const folder = join(REPOSITORY_ROOT, 'infra')
const readme = readFileSync(join(folder, 'README.md'), 'utf8')
const runbook = readFileSync(join(folder, 'RUNBOOK.md'), 'utf8')

// Settings that hold others, or whose names are the team's own choice.
const OPEN = new Set(['tags', 'variables', 'existing', 'image', 'zone'])

/** The names of all settings, as they are after the defaults have been filled in. */
function namesOf(settings: object): string[] {
  return Object.entries(settings).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && !OPEN.has(name)
      ? [name, ...namesOf(value)]
      : [name],
  )
}

test('every setting is in the table of the README', () => {
  const full = {
    ...readConfig(config, 'prod'),
    ...readConfig(prodWith({ network: { existing: EXISTING } }), 'prod').network,
  }
  const table = readme.slice(readme.indexOf('## config.ts'), readme.indexOf('## Policy'))
  const groups = new Set(['environment', 'service', 'database', 'network', 'secrets'])
  const names = new Set(namesOf(full).filter((name) => !groups.has(name)))
  assert.ok(names.size > 30)
  for (const name of names) {
    assert.match(table, new RegExp(`\\b${name}\\b`), `${name} is not in infra/README.md`)
  }
})

test('every npm command in the documents exists', () => {
  const { scripts } = JSON.parse(readFileSync(join(REPOSITORY_ROOT, 'package.json'), 'utf8'))
  for (const [, name = ''] of `${readme}${runbook}`.matchAll(/npm run ([a-z]+)/g)) {
    assert.ok(Object.hasOwn(scripts, name), name)
  }
})

test('every file that the README links to exists', () => {
  for (const [, target = ''] of readme.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
    if (!target.startsWith('http')) assert.ok(existsSync(join(folder, target)), target)
  }
})

test('whoever wants to deploy from GitHub finds every variable that the workflows read', () => {
  const section = sectionOf('From GitHub')
  const workflows = globSync('.github/workflows/*.yml', { cwd: REPOSITORY_ROOT })
  const names = workflows.flatMap((file) =>
    Array.from(
      readFileSync(join(REPOSITORY_ROOT, file), 'utf8').matchAll(/\bvars\.([A-Z_]+)/g),
      ([, name = '']) => name,
    ),
  )
  assert.ok(names.length > 0)
  for (const name of names) assert.match(section, new RegExp(`gh variable set ${name}\\b`))
  for (const option of ['--app "node infra/deploy-role.ts"', '-c provider=existing']) {
    assert.ok(section.includes(option), option)
  }
})

test('the programs that the README names for deploying are those that deploy takes', () => {
  const names = CDK_BUILDERS.join(', ').replace(/, (?=\w+$)/, ' or ')
  assert.match(sectionOf('Deploy'), new RegExp(`^4\\. ${names}, which build the image`, 'm'))
})

// The region of a shell is seldom that of the environment at three in the morning.
test('every command of the AWS CLI in the documents is told its region', () => {
  const blocks = [...`${readme}${runbook}`.matchAll(/^( *)```sh\n([^]*?)^\1```/gm)]
  const commands = blocks.flatMap(([, , block = '']) => {
    if (runbook.includes(block)) return []
    return block.replaceAll('\\\n', '').match(/\baws (?!cli)[a-z0-9-]+ [^\n]*/g) ?? []
  })
  assert.ok(commands.length > 3)
  for (const command of commands) assert.match(command, /--region /)
  // There one command tells all of them, before any other.
  const first = /^ *((?:export|aws) .*)$/m.exec(runbook)?.[1]
  assert.match(first ?? '', /^export AWS_REGION=(\S+) AWS_DEFAULT_REGION=\1 /)
})

function sectionOf(title: string): string {
  return new RegExp(`^## ${title}\n[^]*?(?=^## )`, 'm').exec(readme)?.[0] ?? ''
}
