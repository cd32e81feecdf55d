import { errors, jwtVerify } from 'jose'
import type { JWTHeaderParameters, JWTPayload, JWTVerifyOptions, ResolvedKey } from 'jose'
import { ServiceError } from '../errors.ts'
import { isName } from './claim-map.ts'
import { refuse } from './refusal.ts'
import type { RefusalReason } from './refusal.ts'

const CLOCK_SKEW_SECONDS = 30

export type VerificationKey = CryptoKey | ((header?: JWTHeaderParameters) => Promise<CryptoKey>)

/** What a token must fit. Algorithms are those of the keys that can be asked for, and no others. */
export interface TokenDemands {
  readonly algorithms: readonly string[]
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
}

/** The demands in the form that the library takes, made once. */
export function verifyOptions({ algorithms, issuer, audience }: TokenDemands): JWTVerifyOptions {
  return {
    algorithms: [...algorithms],
    requiredClaims: ['exp', 'sub'],
    clockTolerance: CLOCK_SKEW_SECONDS,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  }
}

/**
 * The claims of a token whose signature and times are right.
 *
 * Stricter than the library: it must name its user, must not come from the future, and must not be
 * written in an extension. Headers that name a key, or a place to get one, change nothing.
 */
export async function verifiedClaims(
  token: string,
  key: VerificationKey,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  try {
    const { payload, protectedHeader } = await verify(token, key, options)
    // RFC 7797 lets a verifier that does not know `b64` read another payload than the signer's.
    if ('b64' in protectedHeader) throw refuse('malformed')
    if (!isSaid(payload)) throw refuse('claims')
    return payload
  } catch (error) {
    throw error instanceof ServiceError ? error : refuse(reasonOf(error), error)
  }
}

/** Whether a token says what every token has to, whatever else the configuration reads from it. */
function isSaid({ sub, exp, iat }: JWTPayload): boolean {
  const latest = Date.now() / 1_000 + CLOCK_SKEW_SECONDS
  // JSON can spell a number that is infinite.
  return isName(sub) && Number.isFinite(exp) && (iat === undefined || iat <= latest)
}

type Verified = { payload: JWTPayload; protectedHeader: JWTHeaderParameters } & Partial<ResolvedKey>

function verify(token: string, key: VerificationKey, options: JWTVerifyOptions): Promise<Verified> {
  return typeof key === 'function' ? jwtVerify(token, key, options) : jwtVerify(token, key, options)
}

const REASONS: Readonly<Record<string, RefusalReason>> = {
  [errors.JWTExpired.code]: 'expired',
  [errors.JWTClaimValidationFailed.code]: 'claims',
  [errors.JWSSignatureVerificationFailed.code]: 'signature',
  [errors.JOSEAlgNotAllowed.code]: 'algorithm',
  [errors.JWKSNoMatchingKey.code]: 'unknown_key',
  [errors.JWKSMultipleMatchingKeys.code]: 'unknown_key',
}

function reasonOf(error: unknown): RefusalReason {
  return (error instanceof errors.JOSEError && REASONS[error.code]) || 'malformed'
}
