import { z } from 'zod'
import type { SignInRequest } from './pattern.ts'
import { refuse } from './refusal.ts'

const TOKEN_LENGTH_MAX = 8_192
const HEADER_LENGTH_MAX = 2_048
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const COMPACT_FORM = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/

/** Which tokens a pattern has to judge, by their algorithm; undefined where there is none. */
export type Judges = (algorithm: string | undefined) => boolean

/**
 * Whether a request brings a token for a pattern, well-formed or not. What the token says of its
 * algorithm chooses who judges it, and nothing else.
 */
export function bringsToken({ headers }: SignInRequest, judges: Judges | undefined): boolean {
  const { authorization } = headers
  return authorization !== undefined && (judges?.(algorithmOf(authorization)) ?? true)
}

function algorithmOf(authorization: string): string | undefined {
  const encoded = authorization.slice('Bearer '.length, HEADER_LENGTH_MAX).split('.', 1)[0] ?? ''
  try {
    const header: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'))
    return z.object({ alg: z.string() }).safeParse(header).data?.alg
  } catch {
    return undefined
  }
}

/**
 * The token of the `authorization` header, which has exactly one accepted spelling.
 *
 * @throws ServiceError if it has another one.
 */
export function bearerTokenOf({ headers }: SignInRequest): string {
  const token = /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''
  const parts = token.length <= TOKEN_LENGTH_MAX ? COMPACT_FORM.exec(token)?.slice(1) : undefined
  if (!parts?.every(isCanonical)) throw refuse('malformed')
  return token
}

/**
 * base64url can spell the last byte in several ways; only the one an encoder writes is taken, where
 * the bits that are left over are 0.
 */
function isCanonical(part: string): boolean {
  const last = ALPHABET.indexOf(part.at(-1) ?? '')
  const leftOver = part.length % 4
  return leftOver === 0 || (leftOver === 2 && last % 16 === 0) || (leftOver === 3 && last % 4 === 0)
}
