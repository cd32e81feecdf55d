import { createRemoteJWKSet, customFetch, errors, jwksCache } from 'jose'
import type { ExportedJWKSCache, JWTHeaderParameters } from 'jose'
import { z } from 'zod'
import { ServiceError } from '../errors.ts'
import { AnswerError, boundedGet } from './bounded-fetch.ts'

const KEYS_MAX = 100
const KeySet = z.object({
  keys: z
    .array(z.looseObject({ kty: z.string() }))
    .min(1)
    .max(KEYS_MAX),
})

const MINUTE_MS = 60_000
const TIMEOUTS = { timeoutMs: 3_000, bytesMax: 64 * 1024 }
const PACE = {
  /** When the keys in use are looked at again, behind the requests that use them. */
  refreshMs: 5 * MINUTE_MS,
  /** How long keys go on when nobody answers: about the life of the tokens they have signed. */
  outageMs: 60 * MINUTE_MS,
  /** The least time between two questions, whatever tokens ask for. */
  coolDownMs: 10_000,
}

export interface RemoteKeysOptions {
  readonly url: string
  readonly pace?: Partial<typeof PACE>
  /** Told when the keys could not be had, at most once in each cool-down. */
  readonly onFailure: (error: unknown) => void
}

/**
 * The public keys of whoever signs tokens, by the address where they are published.
 *
 * They are asked for once and refreshed behind the requests. A token with a key that is not known
 * asks again, and no number of them more often than the cool-down allows. When the address does not
 * answer, or with something that is no key set, the keys so far go on for an hour.
 */
export class RemoteKeys {
  readonly #options: RemoteKeysOptions
  readonly #pace: typeof PACE
  readonly #cache: ExportedJWKSCache = { jwks: { keys: [] }, uat: 0 }
  readonly #keys: ReturnType<typeof createRemoteJWKSet>
  #askedAt = 0
  #hasFailed = false

  constructor(options: RemoteKeysOptions) {
    this.#options = options
    this.#pace = { ...PACE, ...options.pace }
    this.#keys = createRemoteJWKSet(new URL(options.url), {
      cooldownDuration: this.#pace.coolDownMs,
      cacheMaxAge: this.#pace.outageMs,
      timeoutDuration: TIMEOUTS.timeoutMs,
      [jwksCache]: this.#cache,
      [customFetch]: (url, { headers }) => this.#ask(url, Object.fromEntries(headers)),
    })
  }

  /** Gets the keys before anybody needs them. A failure is told, and no more. */
  async warmUp(): Promise<void> {
    await this.#keys.reload().catch(() => undefined)
  }

  /**
   * The key that a token's header names.
   *
   * @throws JWKSNoMatchingKey if there is none, and ServiceError `identity_unavailable` if that
   * cannot be found out.
   */
  readonly keyFor = async (header?: JWTHeaderParameters): Promise<CryptoKey> => {
    this.#refresh()
    try {
      return await this.#keys(header)
    } catch (cause) {
      if (isAboutToken(cause)) throw cause
      throw new ServiceError('identity_unavailable', { cause })
    }
  }

  #refresh(): void {
    const now = Date.now()
    const isDue = now - this.#cache.uat >= this.#pace.refreshMs
    // The first keys are waited for by whoever asks for them.
    if (!isDue || this.#cache.uat === 0 || this.#isCoolingDown(now)) return
    void this.#keys.reload().catch(() => undefined)
  }

  #isCoolingDown(now: number): boolean {
    return now - this.#askedAt < this.#pace.coolDownMs
  }

  // The library's own cool-down begins with an answer; without one every request would ask.
  async #ask(url: string, headers: Readonly<Record<string, string>>): Promise<Response> {
    const now = Date.now()
    if (this.#hasFailed && this.#isCoolingDown(now)) throw new AnswerError('asked too often')
    this.#askedAt = now
    this.#hasFailed = false
    try {
      const { status, text } = await boundedGet(url, { ...TIMEOUTS, headers })
      if (status !== 200 || !isKeySet(text)) throw new AnswerError('not a key set')
      return new Response(text)
    } catch (error) {
      this.#hasFailed = true
      this.#options.onFailure(error)
      throw error
    }
  }
}

/** What the token asks for is not there, however often one looks. */
function isAboutToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  )
}

/** Whether this is a set with a key at all: an empty one would sign out everybody. */
function isKeySet(text: string): boolean {
  try {
    return KeySet.safeParse(JSON.parse(text)).success
  } catch {
    return false
  }
}
