import { createHash } from 'node:crypto'
import { z } from 'zod'
import { ServiceError } from '../errors.ts'
import { AnswerError, boundedGet } from './bounded-fetch.ts'
import type { Claims } from './claim-map.ts'

const BOUNDS = { timeoutMs: 3_000, bytesMax: 64 * 1024 }
const LIMITS = {
  /** A session that has ended is good for this long at most. */
  knownMs: 5_000,
  /** Shorter: who has just signed in must not be turned away for long. */
  unknownMs: 1_000,
  entriesMax: 10_000,
  /** Questions on their way; beyond, requests are told to try again. */
  askingMax: 200,
  /** Those of them about tokens that nobody was known by so far, and that may be made up. */
  strangersAskingMax: 100,
}

// Beyond 2⁵³ reading JSON rounds a number, and two users would become one.
const UserId = z.union([z.string(), z.int().transform(String)], {
  error: 'must be text, or a whole number below 2^53',
})

/** What the endpoint of Better Auth says, and of others what is alike. */
const Answer = z
  .object({
    user: z.looseObject({ id: UserId }),
    session: z.looseObject({ expiresAt: z.coerce.date().optional() }).optional(),
  })
  .nullable()

export interface SessionEndpointOptions {
  readonly url: string
  readonly limits?: Partial<typeof LIMITS>
  /** Told when the endpoint has not answered as agreed. */
  readonly onFailure: (error: unknown) => void
}

interface Entry {
  readonly claims: Promise<Claims | undefined>
  freshUntil: number
}

type Entries = Map<string, Entry>

/**
 * Asks whoever keeps the sessions. An answer is kept for a few seconds, under a hash of the token,
 * and requests that come together share one question.
 *
 * Anybody can send tokens that are made up. They have a part of the questions and a memory of their
 * own: whoever was known a while ago is not kept out by them.
 */
export class SessionEndpoint {
  readonly #options: SessionEndpointOptions
  readonly #limits: typeof LIMITS
  /** Tokens that somebody was known by when they were asked for last. */
  readonly #known: Entries = new Map()
  readonly #strangers: Entries = new Map()
  #asking = 0
  #strangersAsking = 0

  constructor(options: SessionEndpointOptions) {
    this.#options = options
    this.#limits = { ...LIMITS, ...options.limits }
  }

  /**
   * What a session says, as claims: those of Better Auth under the names of a token's, and `user`
   * and `session` as they are. Undefined if there is no such session.
   *
   * @throws ServiceError `identity_unavailable` if the endpoint does not say.
   */
  async find(headers: Readonly<Record<string, string>>): Promise<Claims | undefined> {
    const key = createHash('sha256').update(JSON.stringify(headers)).digest('base64url')
    const isKnown = this.#known.has(key)
    const entries = isKnown ? this.#known : this.#strangers
    const kept = entries.get(key)
    if (kept && kept.freshUntil > Date.now()) return await kept.claims
    const entry = { claims: this.#ask(headers, isKnown), freshUntil: Infinity }
    this.#keep(entries, key, entry)
    try {
      const claims = await entry.claims
      entry.freshUntil = this.#freshUntil(claims)
      const [right, wrong] = claims
        ? [this.#known, this.#strangers]
        : [this.#strangers, this.#known]
      wrong.delete(key)
      this.#keep(right, key, entry)
      return claims
    } catch (error) {
      // Without an answer whoever was known is still somebody, who asks again.
      entry.freshUntil = 0
      if (!isKnown) entries.delete(key)
      throw error
    }
  }

  async #ask(
    headers: Readonly<Record<string, string>>,
    isKnown: boolean,
  ): Promise<Claims | undefined> {
    const { askingMax, strangersAskingMax } = this.#limits
    const isFull = this.#asking >= askingMax
    if (isFull || (!isKnown && this.#strangersAsking >= strangersAskingMax)) {
      throw new ServiceError('identity_unavailable')
    }
    this.#asking += 1
    if (!isKnown) this.#strangersAsking += 1
    try {
      return toClaims(await boundedGet(this.#options.url, { ...BOUNDS, headers }))
    } catch (cause) {
      this.#options.onFailure(cause)
      throw new ServiceError('identity_unavailable', { cause })
    } finally {
      this.#asking -= 1
      if (!isKnown) this.#strangersAsking -= 1
    }
  }

  #freshUntil(claims: Claims | undefined): number {
    const { knownMs, unknownMs } = this.#limits
    if (!claims) return Date.now() + unknownMs
    const ends = claims['exp']
    return Math.min(Date.now() + knownMs, typeof ends === 'number' ? ends * 1_000 : Infinity)
  }

  /** The oldest goes first when there is no more room: it is the least likely to be fresh. */
  #keep(entries: Entries, key: string, entry: Entry): void {
    entries.delete(key)
    const [oldest] = entries.keys()
    if (entries.size >= this.#limits.entriesMax && oldest !== undefined) entries.delete(oldest)
    entries.set(key, entry)
  }
}

/** @throws AnswerError if the answer is none that a session endpoint gives. */
function toClaims({ status, text }: { status: number; text: string }): Claims | undefined {
  if (status === 401 || status === 403) return undefined
  if (status !== 200) throw new AnswerError('not an answer about sessions')
  const answer = Answer.safeParse(JSON.parse(text))
  if (!answer.success) {
    const [issue] = answer.error.issues
    throw new AnswerError(
      `not an answer about sessions: ${issue?.path.join('.')}: ${issue?.message}`,
    )
  }
  if (!answer.data) return undefined
  const { user, session } = answer.data
  const { expiresAt, activeOrganizationId } = session ?? {}
  if (expiresAt && expiresAt.getTime() <= Date.now()) return undefined
  return {
    locale: user['locale'],
    sub: user.id,
    org_id: activeOrganizationId,
    exp: expiresAt && expiresAt.getTime() / 1_000,
    user,
    session,
  }
}
