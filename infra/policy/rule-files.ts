import { globSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { ValidationRuleSource } from 'aws-cdk-lib'

const CONTROL_TOWER = '@cdklabs/cdk-validator-cfnguard'
/** A rule file names the types that it is about at its top. */
const NAMED_TYPE = /^let \w+ = "(AWS::\w+::\w+)"/gm
const ANY_TYPE = /AWS::\w+::\w+/g
const COMMENT = /^\s*#.*\n/gm

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
  return filesOf(folder, '**/*.guard')
    .filter(({ content }) => typesOf(content).some((type) => types.has(type)))
    .map(({ name, content }) => ({ name, content: content.replace(COMMENT, '') }))
}

function typesOf(content: string): string[] {
  const named = Array.from(content.matchAll(NAMED_TYPE), ([, type = '']) => type)
  return named.length > 0 ? named : (content.match(ANY_TYPE) ?? [])
}

function filesOf(folder: string, pattern: string): ValidationRuleSource[] {
  return globSync(pattern, { cwd: folder })
    .toSorted()
    .map((name) => ({ name, content: readFileSync(join(folder, name), 'utf8') }))
}
