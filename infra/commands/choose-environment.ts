import { config } from '../config.ts'
import { EnvironmentName } from '../config-schema.ts'
import { type Environment, readConfig } from '../read-config.ts'
import { UsageError } from './command.ts'

/** The option by which every command is told where it works; none guesses. */
export const ENV_OPTION = { env: { type: 'string' } } as const

/** Every environment that the configuration has, in the order of their danger. */
export function allEnvironments(): readonly Environment[] {
  return EnvironmentName.options
    .filter((option) => config.environments[option])
    .map((option) => readConfig(config, option))
}

/** The environment that a command was given, checked, or a sentence that lists those there are. */
export function chooseEnvironment(name: string | undefined): Environment {
  const { environments } = config
  const known = EnvironmentName.options.filter((option) => environments[option])
  if (name === undefined) {
    throw new UsageError(`Say which environment: ${known.map((one) => `--env ${one}`).join(', ')}.`)
  }
  if (known.some((option) => option === name)) return readConfig(config, name)
  throw new UsageError(
    `There is no environment "${name}" in infra/config.ts; it has ${known.join(', ')}.`,
  )
}
