import { bearerTokenOf, bringsToken } from './bearer-token.ts'
import type { Judges } from './bearer-token.ts'
import { toIdentity } from './claim-map.ts'
import type { ClaimMap } from './claim-map.ts'
import type { Pattern, SignInRequest } from './pattern.ts'
import type { RemoteKeys } from './remote-keys.ts'
import type { Identity } from './request-context.ts'
import { verifiedClaims, verifyOptions } from './verified-jwt.ts'

/** Algorithms with a public key, so that whoever can verify a token cannot make one. */
export const PUBLIC_KEY_ALGORITHMS: readonly string[] = ['RS256', 'ES256', 'EdDSA']

export interface JwksJwtOptions {
  readonly keys: Pick<RemoteKeys, 'keyFor'>
  /** Both are needed: whoever publishes keys signs tokens for other services, too. */
  readonly issuer: string
  readonly audience: string
  readonly claims: ClaimMap
  /** @default all tokens */
  readonly judges?: Judges | undefined
}

/**
 * Knows users by bearer tokens of an identity provider that publishes its keys: RS256, ES256 and
 * EdDSA. The same strict checks as for tokens by a shared secret apply.
 */
export class JwksJwt implements Pattern {
  readonly name = 'jwks'
  readonly #options: JwksJwtOptions
  readonly #verifyOptions

  constructor(options: JwksJwtOptions) {
    this.#options = options
    this.#verifyOptions = verifyOptions({ ...options, algorithms: PUBLIC_KEY_ALGORITHMS })
  }

  isShown(request: SignInRequest): boolean {
    return bringsToken(request, this.#options.judges)
  }

  async identify(request: SignInRequest): Promise<Identity> {
    const { keys, claims } = this.#options
    const token = bearerTokenOf(request)
    return toIdentity(await verifiedClaims(token, keys.keyFor, this.#verifyOptions), claims)
  }
}
