import { createHmac } from 'node:crypto'
import { JWT_SECRET } from './service.ts'

/** What a token is made with, where that is not what a team's own backend would do. */
export interface Forgery {
  /** @default HS256 and JWT */
  readonly header?: object
  readonly secret?: string
  /** @default sha256 */
  readonly hash?: string
}

/** A token with any claims, signed with any key by any HMAC, whatever its header says. */
export function forgeToken(claims: object, forgery: Forgery = {}): string {
  const { header = { alg: 'HS256', typ: 'JWT' }, secret = JWT_SECRET, hash = 'sha256' } = forgery
  return signText(`${encode(header)}.${encode(claims)}`, secret, hash)
}

/** Claims of a user whose token is valid for an hour. */
export function validClaims() {
  return { sub: 'alice', org_id: 'acme', exp: Math.floor(Date.now() / 1_000) + 3_600 }
}

/** Appends the signature to what is to be signed. */
export function signText(text: string, secret: string, hash = 'sha256'): string {
  return `${text}.${createHmac(hash, secret).update(text).digest('base64url')}`
}

export function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
