import { AsyncLocalStorage } from 'node:async_hooks'
import { ServiceError } from '../errors.ts'
import type { Owner } from './owner.ts'

const beneficiary = new AsyncLocalStorage<string>()

/**
 * Does something for one user: all that it asks of Postgres counts as that user's, so that nobody
 * who calls the store can forget to say so.
 */
export function onBehalfOf<Result>({ orgId, userId }: Owner, work: () => Result): Result {
  return beneficiary.run(JSON.stringify([orgId, userId]), work)
}

/** Does something for nobody in particular, such as what outlives the request that began it. */
export function onBehalfOfAll<Result>(work: () => Result): Result {
  return beneficiary.exit(work)
}

export interface FairShareLimits {
  /** Statements of one user at a time. */
  readonly userMax: number
  /** How long one may wait for its turn. */
  readonly waitMs: number
}

interface Share {
  running: number
  readonly waiting: Set<() => void>
}

/**
 * Lets nobody have more than a share of the connections to Postgres. Statements of one user wait
 * for each other, often for the same row, while each of them holds a connection: without a share a
 * user who sends enough of them would keep everybody from the database.
 */
export class FairShare {
  readonly #limits: FairShareLimits
  readonly #shares = new Map<string, Share>()

  constructor(limits: FairShareLimits) {
    this.#limits = limits
  }

  /** @throws ServiceError `database_unavailable` if its turn does not come in time. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    const user = beneficiary.getStore()
    if (user === undefined) return await work()
    const share = this.#shares.get(user) ?? { running: 0, waiting: new Set() }
    this.#shares.set(user, share)
    if (share.running < this.#limits.userMax) share.running += 1
    else await this.#turnIn(share)
    try {
      return await work()
    } finally {
      const [next] = share.waiting
      // The turn is handed on as it is: somebody who comes just now must not take it.
      if (next) next()
      else this.#end(user, share)
    }
  }

  async #turnIn({ waiting }: Share): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const turn = () => {
      waiting.delete(turn)
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(() => {
      waiting.delete(turn)
      reject(new ServiceError('database_unavailable'))
    }, this.#limits.waitMs)
    waiting.add(turn)
    await promise
  }

  #end(user: string, share: Share): void {
    share.running -= 1
    if (share.running === 0) this.#shares.delete(user)
  }
}
