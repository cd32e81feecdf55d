import { createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { z } from 'zod'
import { toJson } from './events.ts'

/** How a token is made that a service may have to refuse. */
export interface Forgery {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  readonly signature: Signature
}

export type Signature =
  | { readonly kind: 'none' }
  | { readonly kind: 'copied'; readonly from: string }
  | { readonly kind: 'hmac'; readonly key: string; readonly hash?: 'sha256' | 'sha384' | 'sha512' }
  | { readonly kind: 'rsa'; readonly key: KeyObject }

/** A JSON Web Token, put together by hand: no library makes the wrong ones. */
export function forge({ header, claims, signature }: Forgery): string {
  const text = `${encode(header)}.${encode(claims)}`
  return `${text}.${signatureOf(text, signature)}`
}

/** A key that no deployment knows. */
export function strangersSecret(): string {
  return randomBytes(48).toString('base64url')
}

/** A pair of keys that no deployment knows. */
export function strangersPair() {
  return generateKeyPairSync('rsa', { modulusLength: 2048 })
}

const Claims = z.record(z.string(), z.unknown())

/** What a token says; undefined for one that is no JSON Web Token. */
export function claimsOf(token: string): Readonly<Record<string, unknown>> | undefined {
  const payload = token.split('.')[1] ?? ''
  return Claims.safeParse(toJson(Buffer.from(payload, 'base64url').toString('utf8'))).data
}

const Names = z.object({ sub: z.string(), org_id: z.string().default('') })

/** Whom a token names; undefined where it does not say so. */
export function namesOf(token: string): { readonly sub: string | undefined; readonly org: string } {
  const names = Names.safeParse(claimsOf(token)).data
  return { sub: names?.sub, org: names?.org_id ?? '' }
}

function signatureOf(text: string, signature: Signature): string {
  switch (signature.kind) {
    case 'none':
      return ''
    case 'copied':
      return signature.from.split('.')[2] ?? ''
    case 'hmac':
      return createHmac(signature.hash ?? 'sha256', signature.key)
        .update(text)
        .digest('base64url')
    case 'rsa':
      return sign('sha256', Buffer.from(text), signature.key).toString('base64url')
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
