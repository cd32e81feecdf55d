import { globSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { ValidationRuleSource } from 'aws-cdk-lib'

const CONTROL_TOWER = '@cdklabs/cdk-validator-cfnguard'
const RESOURCE_TYPE = /AWS::\w+::\w+/g

/** Our own rules, for what nobody else catches. */
export function ownRules(): ValidationRuleSource[] {
  return filesOf(import.meta.dirname, '*.rego')
}

/**
 * The rules of Control Tower about resources of the given types.
 *
 * Most are about services that are not used here; leaving them out halves the time of a synth and
 * changes no finding.
 */
export function controlTowerRules(types: ReadonlySet<string>): ValidationRuleSource[] {
  const manifest = createRequire(import.meta.url).resolve(`${CONTROL_TOWER}/package.json`)
  const folder = join(dirname(manifest), 'rules', 'control-tower', 'cfn-guard')
  return filesOf(folder, '**/*.guard').filter(({ content }) =>
    content.match(RESOURCE_TYPE)?.some((type) => types.has(type)),
  )
}

function filesOf(folder: string, pattern: string): ValidationRuleSource[] {
  return globSync(pattern, { cwd: folder })
    .toSorted()
    .map((name) => ({ name, content: readFileSync(join(folder, name), 'utf8') }))
}
