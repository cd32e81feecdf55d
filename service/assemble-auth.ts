import { auditRefusals } from './auth/audit.ts'
import { authenticator } from './auth/authenticator.ts'
import type { Authenticate } from './auth/authenticator.ts'
import { BearerJwt } from './auth/bearer-jwt.ts'
import { cookieNames } from './auth/cookies.ts'
import { custom } from './auth/custom.ts'
import { development } from './auth/development.ts'
import { Gateway } from './auth/gateway.ts'
import { IDENTITY_HEADERS } from './auth/identity-headers.ts'
import { JwksJwt, PUBLIC_KEY_ALGORITHMS } from './auth/jwks-jwt.ts'
import type { Pattern, PatternName } from './auth/pattern.ts'
import { RemoteKeys } from './auth/remote-keys.ts'
import { weaknessOf } from './auth/secret-strength.ts'
import { SessionEndpoint } from './auth/session-endpoint.ts'
import { SessionToken } from './auth/session-token.ts'
import { validSecrets } from './auth/valid-secrets.ts'
import { ConfigError } from './config.ts'
import type { Config } from './config.ts'
import type { CorsPolicy } from './http/server.ts'
import type { Logger } from './log.ts'
import type { SecretSource } from './secrets/secret-source.ts'

/** No cookies: what nobody can be asked to send. */
const NO_COOKIE = 'none'

export interface AuthParts {
  readonly secrets: SecretSource
  readonly log: Logger
}

/** How users are known, and what a browser of another origin has to be allowed for it. */
export interface Auth {
  readonly authenticate: Authenticate
  readonly cors: CorsPolicy
}

/**
 * Puts together the patterns that the configuration names.
 *
 * @throws ConfigError if a secret that they need is too easy to guess, or a placeholder.
 */
export async function assembleAuth(config: Config, parts: AuthParts): Promise<Auth> {
  await demandStrongSecrets(config, parts.secrets)
  const patterns = config.AUTH.map((name) => makers[name](config, parts))
  return {
    authenticate: authenticator(patterns, auditRefusals(parts.log)),
    cors: {
      origins: config.FRONTEND_URL,
      takesCookies: config.AUTH.includes('session') && sessionCookies(config).length > 0,
      headers: config.AUTH.includes('development') ? Object.values(IDENTITY_HEADERS) : [],
    },
  }
}

type Maker = (config: Config, parts: AuthParts) => Pattern

const makers: Readonly<Record<PatternName, Maker>> = {
  jwt: (config, { secrets }) =>
    new BearerJwt({
      secrets: sharedSecret(config, 'JWT_SECRET', secrets),
      issuer: config.JWT_ISSUER,
      audience: config.JWT_AUDIENCE,
      claims: config.CLAIMS,
      judges: config.AUTH.includes('jwks') ? (algorithm) => !isPublicKey(algorithm) : undefined,
    }),
  jwks: (config, { log }) => {
    const { JWKS_URL: url = '', JWKS_ISSUER: issuer = '', JWKS_AUDIENCE: audience = '' } = config
    const onFailure = (error: unknown) =>
      log.warn({ err: error }, 'the keys of tokens are not there')
    const keys = new RemoteKeys({ url, onFailure })
    void keys.warmUp()
    const judges = config.AUTH.includes('jwt') ? isPublicKey : undefined
    return new JwksJwt({ keys, issuer, audience, claims: config.CLAIMS, judges })
  },
  session: (config, { log }) => {
    const onFailure = (error: unknown) => log.warn({ err: error }, 'the sessions are not there')
    return new SessionToken({
      endpoint: new SessionEndpoint({ url: config.SESSION_URL ?? '', onFailure }),
      cookieNames: sessionCookies(config),
      origins: config.FRONTEND_URL,
      claims: config.CLAIMS,
    })
  },
  gateway: (config, { secrets }) => {
    const hasSecret = Boolean(config.GATEWAY_SECRET ?? config.GATEWAY_SECRET_SECRET_ID)
    return new Gateway({
      secrets: hasSecret ? sharedSecret(config, 'GATEWAY_SECRET', secrets) : undefined,
      certificates: config.GATEWAY_CERTIFICATES ?? [],
    })
  },
  development: () => development,
  custom: () => custom,
}

function isPublicKey(algorithm: string | undefined): boolean {
  return algorithm !== undefined && PUBLIC_KEY_ALGORITHMS.includes(algorithm)
}

function sessionCookies({ SESSION_COOKIE: name, NODE_ENV }: Config): readonly string[] {
  return name === NO_COOKIE ? [] : cookieNames(name, NODE_ENV === 'production')
}

type SharedSecretName = 'JWT_SECRET' | 'GATEWAY_SECRET'

function sharedSecret(
  config: Config,
  name: SharedSecretName,
  secrets: SecretSource,
): () => Promise<readonly string[]> {
  const { [name]: secret, [`${name}_SECRET_ID` as const]: secretId = '' } = config
  const overlapMs = config.JWT_OVERLAP_SECONDS * 1_000
  if (secret !== undefined) return () => Promise.resolve([secret])
  return async () => validSecrets(await secrets.readVersions(secretId), overlapMs)
}

/** A secret from the environment has been looked at already; this is about the other ones. */
async function demandStrongSecrets(config: Config, secrets: SecretSource): Promise<void> {
  const faults: string[] = []
  for (const [pattern, name] of [
    ['jwt', 'JWT_SECRET_SECRET_ID'],
    ['gateway', 'GATEWAY_SECRET_SECRET_ID'],
  ] as const) {
    const secretId = config[name]
    if (secretId === undefined || !config.AUTH.includes(pattern)) continue
    const weakness = weaknessOf((await secrets.read(secretId))[0])
    if (weakness) faults.push(`${name}: its value ${weakness}`)
  }
  if (faults.length > 0) throw new ConfigError(faults)
}
