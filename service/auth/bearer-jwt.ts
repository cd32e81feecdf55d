import { ServiceError } from '../errors.ts'
import { bearerTokenOf, bringsToken } from './bearer-token.ts'
import type { Judges } from './bearer-token.ts'
import { toIdentity } from './claim-map.ts'
import type { ClaimMap } from './claim-map.ts'
import { KnownTokens } from './known-tokens.ts'
import type { Pattern, SignInRequest } from './pattern.ts'
import { Refusal, refuse } from './refusal.ts'
import type { Identity } from './request-context.ts'
import { weaknessOf } from './secret-strength.ts'
import { verifiedClaims, verifyOptions } from './verified-jwt.ts'
import type { TokenDemands } from './verified-jwt.ts'

const SHARED_SECRET_ALGORITHMS = ['HS256'] as const

/** Far more than are ever valid at a time; what is beyond is the past of a long-lived process. */
const KEYS_MAX = 20

export interface BearerJwtOptions extends Omit<TokenDemands, 'algorithms'> {
  /** The keys that are valid now, the current one first. Asked at every request; keep it cheap. */
  readonly secrets: () => Promise<readonly string[]>
  readonly claims: ClaimMap
  /** @default all tokens */
  readonly judges?: Judges | undefined
}

/**
 * Knows users by bearer tokens that their backend has signed with a shared secret: JWT by HS256.
 *
 * A secret that is easy to guess verifies nothing. Every failure is the same `unauthenticated`.
 */
export class BearerJwt implements Pattern {
  readonly name = 'jwt'
  readonly #options: BearerJwtOptions
  readonly #verifyOptions
  readonly #keys = new Map<string, CryptoKey>()
  readonly #known = new KnownTokens()

  constructor(options: BearerJwtOptions) {
    this.#options = options
    this.#verifyOptions = verifyOptions({ ...options, algorithms: SHARED_SECRET_ALGORITHMS })
  }

  isShown(request: SignInRequest): boolean {
    return bringsToken(request, this.#options.judges)
  }

  async identify(request: SignInRequest): Promise<Identity> {
    const token = bearerTokenOf(request)
    const secrets = await this.#options.secrets()
    const known = this.#known.find(token, secrets)
    if (known) return known
    let failure: ServiceError | undefined
    for (const secret of secrets) {
      try {
        const key = this.#keys.get(secret) ?? (await this.#import(secret))
        const claims = await verifiedClaims(token, key, this.#verifyOptions)
        const identity = toIdentity(claims, this.#options.claims)
        const expiresMs = Number(claims.exp) * 1_000
        this.#known.add(token, { identity, secret, expiresMs })
        return identity
      } catch (error) {
        // A token that is expired, say, was signed with this secret: no other one makes it better.
        if (!isOtherKeys(error)) throw error
        failure = error
      }
    }
    throw failure ?? refuse('unknown_key')
  }

  /** Importing a key costs more than verifying with it, so it is kept. */
  async #import(secret: string): Promise<CryptoKey> {
    const weakness = weaknessOf(secret)
    if (weakness) throw refuse('unknown_key')
    const algorithm = { name: 'HMAC', hash: 'SHA-256' }
    const bytes = Buffer.from(secret, 'utf8')
    const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['verify'])
    if (this.#keys.size >= KEYS_MAX) this.#keys.clear()
    this.#keys.set(secret, key)
    return key
  }
}

/** Whether the token may have been signed with another of several keys. */
function isOtherKeys(error: unknown): error is ServiceError {
  if (!(error instanceof ServiceError) || !(error.cause instanceof Refusal)) return false
  return error.cause.reason === 'signature' || error.cause.reason === 'unknown_key'
}
