import { readFileSync } from 'node:fs'
import { currentEnvironment } from '../../../service/config.ts'
import { demandedClaims, loadEnvFile, localEnvironment } from '../../../service/local/settings.ts'
import type { Environment } from '../../read-config.ts'
import { allEnvironments, chooseEnvironment } from '../choose-environment.ts'
import { UsageError } from '../command.ts'
import { isLocal } from './begin.ts'
import { parts } from './run-checks.ts'
import type { Part } from './check.ts'
import type { SiteOptions } from './site.ts'
import { gatewayUsers, mintUsers, usersOf } from './users.ts'
import type { Mint, Users } from './users.ts'
import { Wire } from './wire.ts'

/** What the command is given, as it was written. */
export interface Given {
  readonly url?: string | undefined
  readonly env?: string | undefined
  readonly token?: readonly string[] | undefined
  readonly 'token-header'?: string | undefined
  readonly mint?: boolean | undefined
  readonly gateway?: boolean | undefined
  readonly origin?: readonly string[] | undefined
  readonly ca?: string | undefined
  readonly idle?: string | undefined
  readonly heartbeat?: string | undefined
  readonly prompt?: string | undefined
  readonly 'http-port'?: string | undefined
}

const HEARTBEAT_SECONDS = 15
/** Beyond one heartbeat, so that one is seen. */
const IDLE_MARGIN_SECONDS = 5
const SECONDS_MAX = 3_600
// Faster than models write, so that the answer lasts as long as the silence has to.
const WORDS_PER_SECOND = 110
const WORDS_MIN = 500
const PORT_MAX = 65_535
const HTTP_PORT = '80'
const HEADER_NAME = /^[a-z][a-z0-9-]*$/i

/** The deployment and everything that has to be known about it. */
export async function settingsOf(given: Given): Promise<SiteOptions> {
  const base = baseOf(given)
  const environment = environmentAt(base, given.env)
  const origins = originsOf(given.origin ?? [], base, environment)
  const { users, mint } = await identityOf(given, base, origins[0])
  const heartbeatSeconds =
    secondsOf('heartbeat', given.heartbeat) ??
    environment?.streaming.heartbeatSeconds ??
    HEARTBEAT_SECONDS
  const idleSeconds = secondsOf('idle', given.idle) ?? heartbeatSeconds + IDLE_MARGIN_SECONDS
  const words = Math.max(Math.ceil(idleSeconds * WORDS_PER_SECOND), WORDS_MIN)
  return {
    wire: new Wire(base, { ca: given.ca === undefined ? undefined : readCa(given.ca) }),
    users,
    mint,
    origins,
    httpPort: portOf(given['http-port'] ?? HTTP_PORT),
    heartbeatSeconds,
    idleSeconds,
    prompt: given.prompt ?? `Write a long article of ${words} words about lighthouses.`,
  }
}

/** The parts to look at: all, or those that were named. */
export function partsOf(only: readonly string[]): readonly Part[] {
  const names = only.flatMap((value) => value.split(','))
  const known = parts.map(({ name }) => name)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw new UsageError(`There is no part "${unknown}"; allowed: ${known.join(', ')}.`)
  }
  return names.length === 0 ? parts : parts.filter(({ name }) => names.includes(name))
}

function baseOf({ url, env }: Given): URL {
  if (url === undefined && env !== undefined) {
    return new URL(`https://${chooseEnvironment(env).hostName}`)
  }
  if (url === undefined) return new URL(`http://localhost:${localVariables()['PORT']}`)
  const base = URL.parse(url)
  if (!base || !/^https?:$/.test(base.protocol)) {
    throw new UsageError(`"${url}" is not an address; write it like https://chat.example.com.`)
  }
  if (base.protocol === 'http:' && !isLocal(base)) {
    throw new UsageError(`Write https://${base.host}: tokens must not travel in the clear.`)
  }
  if (!/^\/(?:chatkit\/?)?$/.test(base.pathname)) {
    throw new UsageError(`Give the address without "${base.pathname}": ${base.origin}`)
  }
  return new URL(base.origin)
}

function environmentAt(base: URL, env: string | undefined): Environment | undefined {
  if (env !== undefined) return chooseEnvironment(env)
  return allEnvironments().find(({ hostName }) => hostName === base.hostname)
}

function originsOf(
  given: readonly string[],
  base: URL,
  environment: Environment | undefined,
): readonly string[] {
  const wrong = given.find((origin) => URL.parse(origin)?.origin !== origin)
  if (wrong !== undefined) {
    throw new UsageError(
      `"${wrong}" is not an origin; write it like https://app.example.com, without a path.`,
    )
  }
  if (given.length > 0) return given
  if (environment) return environment.origins
  if (!isLocal(base)) return []
  loadEnvFile()
  // Without FRONTEND_URL a local start allows its own page, whichever port it was given.
  const { FRONTEND_URL: origins = `http://localhost:${base.port}` } = givenVariables()
  return origins.split(',').map((origin) => origin.trim())
}

async function identityOf(
  given: Given,
  base: URL,
  origin: string | undefined,
): Promise<{ readonly users: Users; readonly mint: Mint | undefined }> {
  const { token: tokens = [], 'token-header': header, mint: isMinting = false } = given
  if (tokens.length > 2) {
    throw new UsageError('Give --token at most twice, for two different users.')
  }
  if ([tokens.length > 0, isMinting, given.gateway].filter(Boolean).length > 1) {
    throw new UsageError('Give one of --token, --mint and --gateway: each says who asks.')
  }
  if (header?.toLowerCase() === 'cookie' && origin === undefined) {
    throw new UsageError('Cookies count from pages of the deployment alone: add --origin.')
  }
  if (header !== undefined && !HEADER_NAME.test(header)) {
    throw new UsageError(`--token-header: "${header}" is not the name of a header.`)
  }
  if (tokens.length === 2 && tokens[0] === tokens[1]) {
    throw new UsageError('The two tokens are the same; they must be of two different users.')
  }
  if (given.gateway) return { users: gatewayUsers(gatewaySecret()), mint: undefined }
  const users = usersOf(tokens, { header, origin })
  if (users) return { users, mint: undefined }
  if (!isMinting && !isLocal(base)) {
    throw new UsageError('Say who asks: --gateway, --token TOKEN, twice for two users, or --mint.')
  }
  const mint = mintFor(base)
  return { users: await mintUsers(mint), mint }
}

/** The secret of a local start is at hand; that of any other deployment has to be given. */
function mintFor(base: URL): Mint {
  const environment = isLocal(base) ? localVariables() : givenVariables()
  const { JWT_SECRET: secret } = environment
  if (!secret) {
    throw new UsageError(
      '--mint needs JWT_SECRET in the environment: the secret of this deployment, and no argument, since others can read those.',
    )
  }
  return { secret, ...demandedClaims(environment) }
}

function gatewaySecret(): string {
  const { GATEWAY_SECRET: secret } = givenVariables()
  if (secret) return secret
  throw new UsageError(
    '--gateway needs GATEWAY_SECRET in the environment: the secret of this deployment, and no argument, since others can read those.',
  )
}

function localVariables(): Readonly<Record<string, string>> {
  loadEnvFile()
  return localEnvironment()
}

function givenVariables(): Readonly<Record<string, string>> {
  const given = Object.entries(currentEnvironment())
  return Object.fromEntries(given.flatMap(([name, value]) => (value ? [[name, value]] : [])))
}

function readCa(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new UsageError(`--ca: ${path} cannot be read.`, { cause })
  }
}

function secondsOf(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  const seconds = Number(value)
  if (seconds >= 1 && seconds <= SECONDS_MAX) return seconds
  throw new UsageError(`--${name} must be from 1 to ${SECONDS_MAX} seconds, not "${value}".`)
}

function portOf(value: string): number {
  const port = Number(value)
  if (Number.isInteger(port) && port >= 1 && port <= PORT_MAX) return port
  throw new UsageError(`--http-port must be from 1 to ${PORT_MAX}, not "${value}".`)
}
