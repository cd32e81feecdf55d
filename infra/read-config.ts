import type { z } from 'zod'
import { Config, type EnvironmentConfig, EnvironmentName } from './config-schema.ts'

/** One environment of the configuration, checked, with every default filled in. */
export interface Environment extends EnvironmentConfig {
  /** Of the installation; with `environment` it names the stacks. */
  readonly name: string
  readonly environment: EnvironmentName
}

const VALUE_LENGTH_MAX = 60

/** Says to a person what to change; there is nothing to debug, so nobody needs its stack trace. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/**
 * The chosen environment, or a `ConfigError` that names every faulty setting of the file.
 *
 * The whole file is checked, so a fault in prod is found while someone still works on dev.
 */
export function readConfig(input: unknown, environment: unknown): Environment {
  const result = Config.safeParse(input, { reportInput: true })
  if (!result.success) {
    const faults = firstOfEachPath(result.error.issues).flatMap(sentencesOf)
    throw new ConfigError(`infra/config.ts cannot be used:\n${faults.join('\n')}`)
  }
  const { name, environments } = result.data
  const chosen = EnvironmentName.safeParse(environment).data
  const settings = chosen && environments[chosen]
  if (!settings) {
    const known = EnvironmentName.options.filter((option) => environments[option])
    throw new ConfigError(
      `There is no environment ${show(environment)} in infra/config.ts; it has ${known.join(', ')}.\n` +
        `Choose one with \`-c env=${known[0] ?? 'dev'}\` or CHATKIT_ENV.`,
    )
  }
  return { ...settings, name, environment: chosen }
}

// A value that breaks several rules needs one correction, so it gets one sentence.
function firstOfEachPath(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  const paths = new Set<string>()
  return issues.filter((issue) => {
    const path = issue.path.join('.')
    const isFirst = !paths.has(path)
    paths.add(path)
    return isFirst
  })
}

function sentencesOf(issue: z.core.$ZodIssue): string[] {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(
      (key) => `  ${[...path, key].join('.')}: is not a setting, must be ${issue.message}`,
    )
  }
  const where = path.join('.') || 'config'
  const what = issue.input === undefined ? 'is missing' : `is ${show(issue.input)}`
  return [`  ${where}: ${what}, must be ${issue.message}`]
}

function show(value: unknown): string {
  const shown = JSON.stringify(value) ?? String(value)
  return shown.length > VALUE_LENGTH_MAX ? `${shown.slice(0, VALUE_LENGTH_MAX)}…` : shown
}
