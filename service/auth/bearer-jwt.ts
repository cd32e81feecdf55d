import { jwtVerify } from 'jose'
import { z } from 'zod'
import { ServiceError } from '../errors.ts'
import { weaknessOf } from './secret-strength.ts'

const TOKEN_LENGTH_MAX = 8_192
const CLOCK_SKEW_SECONDS = 30
const CLAIM_LENGTH_MAX = 255
const COMPACT_FORM = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/

const Name = z
  .string()
  .min(1)
  .max(CLAIM_LENGTH_MAX)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u)

/** What a token says about its user. Everything else in it is ignored. */
const Claims = z.object({
  sub: Name,
  exp: z.number().finite(),
  iat: z.number().finite().optional(),
  org_id: Name.optional(),
  plan: Name.optional(),
  locale: z.string().max(CLAIM_LENGTH_MAX).optional(),
})
export type Claims = z.infer<typeof Claims>

export interface BearerJwtOptions {
  /** The keys that are valid now, the current one first. Asked at every request; keep it cheap. */
  readonly secrets: () => Promise<readonly string[]>
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
}

/**
 * Verifies bearer tokens, JWT by HS256.
 *
 * Stricter than the library: a token has exactly one accepted spelling, must expire, must name its
 * user, and must not come from the future. A secret that is easy to guess verifies nothing. Every
 * failure is the same `unauthenticated`.
 */
export class BearerJwt {
  readonly #options: BearerJwtOptions
  readonly #keys = new Map<string, Promise<CryptoKey>>()

  constructor(options: BearerJwtOptions) {
    this.#options = options
  }

  async verify(authorization: string | undefined): Promise<Claims> {
    const token = tokenOf(authorization)
    let cause: unknown
    for (const secret of await this.#options.secrets()) {
      try {
        return await this.#verifyWith(token, await this.#keyOf(secret))
      } catch (error) {
        cause = error
      }
    }
    throw new ServiceError('unauthenticated', { cause })
  }

  async #verifyWith(token: string, key: CryptoKey): Promise<Claims> {
    const { issuer, audience } = this.#options
    const { payload, protectedHeader } = await jwtVerify(token, key, {
      algorithms: ['HS256'],
      requiredClaims: ['exp', 'sub'],
      clockTolerance: CLOCK_SKEW_SECONDS,
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
    })
    // RFC 7797 lets a verifier that does not know `b64` read another payload than the signer's.
    if ('b64' in protectedHeader) throw new Error('an extension that no token here needs')
    const claims = Claims.parse(payload)
    const latest = Date.now() / 1_000 + CLOCK_SKEW_SECONDS
    if (claims.iat !== undefined && claims.iat > latest) throw new Error('issued in the future')
    return claims
  }

  /** Importing a key costs more than verifying with it. */
  #keyOf(secret: string): Promise<CryptoKey> {
    let key = this.#keys.get(secret)
    if (!key) {
      key = importKey(secret)
      this.#keys.set(secret, key)
    }
    return key
  }
}

async function importKey(secret: string): Promise<CryptoKey> {
  const weakness = weaknessOf(secret)
  if (weakness) throw new Error(`a signing secret ${weakness}`)
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  return await crypto.subtle.importKey('raw', Buffer.from(secret, 'utf8'), algorithm, false, [
    'verify',
  ])
}

function tokenOf(authorization: string | undefined): string {
  const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1] ?? ''
  const parts = token.length <= TOKEN_LENGTH_MAX ? COMPACT_FORM.exec(token)?.slice(1) : undefined
  if (!parts?.every(isCanonical)) throw new ServiceError('unauthenticated')
  return token
}

/** base64url can spell the last byte in several ways; only the one an encoder writes is taken. */
function isCanonical(part: string): boolean {
  return Buffer.from(part, 'base64url').toString('base64url') === part
}
