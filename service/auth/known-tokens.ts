import { hash } from 'node:crypto'
import type { Identity } from './request-context.ts'

/** More users than one process serves in the hour that a token usually lives. */
const TOKENS_MAX = 10_000

interface KnownToken {
  readonly identity: Identity
  /** The shared secret that it was found to be signed with. */
  readonly secret: string
  readonly expiresMs: number
}

/**
 * The tokens that were verified just now: a client sends the same one with every request, and
 * verifying it each time would cost more than what it asks for.
 *
 * A token is known for as long as the secret that it was signed with is valid, and until its time
 * is over; what follows then, the one who verifies decides. Nothing that was refused is kept, so a
 * stranger cannot fill this, and tokens are kept as their hashes: what is in memory lets nobody in.
 */
export class KnownTokens {
  readonly #known = new Map<string, KnownToken>()

  /** Who a token is from, if that was found out with one of the secrets that are valid now. */
  find(token: string, secrets: readonly string[]): Identity | undefined {
    const key = hash('sha256', token, 'base64url')
    const known = this.#known.get(key)
    if (!known) return undefined
    if (Date.now() < known.expiresMs && secrets.includes(known.secret)) return known.identity
    this.#known.delete(key)
    return undefined
  }

  add(token: string, known: KnownToken): void {
    if (this.#known.size >= TOKENS_MAX) this.#forgetOldest()
    // From now on it is that of many requests.
    Object.freeze(known.identity.claims)
    this.#known.set(hash('sha256', token, 'base64url'), known)
  }

  #forgetOldest(): void {
    for (const key of this.#known.keys()) {
      this.#known.delete(key)
      return
    }
  }
}
