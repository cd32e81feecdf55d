import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'

const KEY_BYTES = 32
const KEY_PURPOSE = 'addresses of local attachments'

/** What may be done at an address, with what, and until when. */
const Grant = z.object({
  action: z.enum(['upload', 'preview']),
  id: z.string(),
  type: z.string(),
  size: z.coerce.number().int().nonnegative(),
  expires: z.coerce.number().int(),
})
export type Grant = z.infer<typeof Grant>

/** Signs what a query allows, since no token rides along with an upload or an image. */
export class AddressSigner {
  readonly #key: Buffer

  /** The key is derived, so that no signature of it can pass for one of a token. */
  constructor(secret: string) {
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', KEY_PURPOSE, KEY_BYTES))
  }

  /** The grant as a query. */
  sign(grant: Grant): URLSearchParams {
    const { type, size, expires } = grant
    const signature = this.#signatureOf(grant).toString('base64url')
    return new URLSearchParams({ type, size: String(size), expires: String(expires), signature })
  }

  /** What the query allows to do with the file; undefined when it is forged or over. */
  verify(action: Grant['action'], id: string, query: unknown): Grant | undefined {
    const grant = Grant.safeParse({ ...Fields.safeParse(query).data, action, id })
    const given = Fields.safeParse(query).data?.signature
    if (!grant.success || given === undefined) return undefined
    const expected = this.#signatureOf(grant.data)
    const signature = Buffer.from(given, 'base64url')
    if (signature.length !== expected.length) return undefined
    if (!timingSafeEqual(signature, expected)) return undefined
    return grant.data.expires * 1_000 > Date.now() ? grant.data : undefined
  }

  #signatureOf({ action, id, type, size, expires }: Grant): Buffer {
    const signed = JSON.stringify([action, id, type, size, expires])
    return createHmac('sha256', this.#key).update(signed).digest()
  }
}

const Fields = z.object({
  type: z.string(),
  size: z.string(),
  expires: z.string(),
  signature: z.string(),
})
