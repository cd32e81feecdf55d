import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { config } from '../../infra/config.ts'
import { readConfig } from '../../infra/read-config.ts'
import { EXISTING, prodWith } from './configured.ts'
import { REPOSITORY_ROOT } from './synthesized.ts'

const folder = join(REPOSITORY_ROOT, 'infra')
const readme = readFileSync(join(folder, 'README.md'), 'utf8')

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
  const runbook = readFileSync(join(folder, 'RUNBOOK.md'), 'utf8')
  for (const [, name = ''] of `${readme}${runbook}`.matchAll(/npm run ([a-z]+)/g)) {
    assert.ok(Object.hasOwn(scripts, name), name)
  }
})

test('every file that the README links to exists', () => {
  for (const [, target = ''] of readme.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
    if (!target.startsWith('http')) assert.ok(existsSync(join(folder, target)), target)
  }
})
