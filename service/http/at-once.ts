import type { ServerResponse } from 'node:http'
import type { RequestContext } from '../auth/request-context.ts'
import { ServiceError } from '../errors.ts'

const RETRY_SECONDS = 1

export interface AtOnceLimits {
  /** Of one user. */
  readonly userMax: number
  /** @default no limit */
  readonly processMax?: number
}

/**
 * What one user, and all together, may have under way in this process at a time. Each request holds
 * memory, and some hold a file or a connection to Postgres: a quota by the minute does not limit
 * how many come in one second, nor how long they stay.
 */
export class AtOnce {
  readonly #limits: AtOnceLimits
  readonly #counts = new Map<string, number>()
  #count = 0

  constructor(limits: AtOnceLimits) {
    this.#limits = limits
  }

  /**
   * Counts a request until its response has ended, however that comes.
   *
   * @throws ServiceError `too_many_requests` for one that is too many of its user, and
   * `too_many_runs` for one that is too many for the process.
   */
  enter({ orgId, userId }: RequestContext, response: ServerResponse): void {
    const { userMax, processMax = Infinity } = this.#limits
    const user = JSON.stringify([orgId, userId])
    const own = this.#counts.get(user) ?? 0
    if (own >= userMax) {
      throw new ServiceError('too_many_requests', {
        retryAfterSeconds: RETRY_SECONDS,
        detail: `At most ${userMax} of this kind at once.`,
      })
    }
    if (this.#count >= processMax) throw new ServiceError('too_many_runs')
    // The client may have left while it was found out who it is; then the response has ended.
    if (response.destroyed) return
    this.#counts.set(user, own + 1)
    this.#count += 1
    response.once('close', () => this.#leave(user))
  }

  #leave(user: string): void {
    const own = (this.#counts.get(user) ?? 1) - 1
    if (own > 0) this.#counts.set(user, own)
    else this.#counts.delete(user)
    this.#count -= 1
  }
}
