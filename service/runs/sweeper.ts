import type { Logger } from '../log.ts'
import { ServiceError } from '../errors.ts'
import { toFrame } from '../protocol/frames.ts'
import { LEASE_SECONDS } from '../store/accept.ts'
import type { RunLease } from '../store/run-ledger.ts'
import type { Store } from '../store/store.ts'
import { toErrorEvent } from './execute-run.ts'
import { foldFrames } from './fold.ts'

const SWEEP_MS = 5_000
const CLEAN_UP_MS = 60_000
const TAKE_MAX = 20

export interface SweeperParts {
  readonly store: Store
  readonly log: Logger
  /** The name of this process in the ledger. */
  readonly owner: string
}

/**
 * Looks after runs whose process is gone: folds what they had said into their conversations, marks
 * them interrupted and frees the conversations for the next question.
 */
export class Sweeper {
  readonly #parts: SweeperParts
  readonly #timer: NodeJS.Timeout
  #current: Promise<void> | undefined
  #notBefore = 0
  #cleanUpAt = Date.now() + CLEAN_UP_MS

  constructor(parts: SweeperParts) {
    this.#parts = parts
    this.#timer = setInterval(() => this.#tick(), SWEEP_MS)
    this.#timer.unref()
  }

  /** Takes over every run whose lease is over, and brings it to its end. */
  async sweep(): Promise<void> {
    const { store, owner } = this.#parts
    const leases = await store.recovery.takeExpired(owner, TAKE_MAX)
    for (const lease of leases) await this.#foldUp(lease)
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#current
  }

  #tick(): void {
    if (this.#current || Date.now() < this.#notBefore) return
    this.#current = this.#round().finally(() => {
      this.#current = undefined
    })
  }

  async #round(): Promise<void> {
    try {
      await this.sweep()
      if (Date.now() >= this.#cleanUpAt) {
        this.#cleanUpAt = Date.now() + CLEAN_UP_MS
        await this.#parts.store.recovery.cleanUp()
      }
    } catch (error) {
      // After an outage every lease is over. Their owners get the time to renew them first.
      this.#notBefore = Date.now() + LEASE_SECONDS * 1_000
      this.#parts.log.warn({ err: error }, 'sweep failed')
    }
  }

  async #foldUp(lease: RunLease): Promise<void> {
    const { store, log } = this.#parts
    const { text } = await store.recovery.readFrames(lease.runId, 0, lease.owner)
    const { pending, lastSequence } = foldFrames(text)
    for (const item of pending.worthKeeping) await store.ledger.saveItem(lease, item)
    const sequence = lastSequence + 1
    const frames = toFrame(sequence, toErrorEvent(new ServiceError('run_interrupted')))
    await store.ledger.finish(
      { lease, firstSequence: sequence, frames },
      { outcome: 'interrupted', delivered: false },
    )
    log.info(
      { run: lease.runId, thread: lease.threadId, kept: pending.worthKeeping.length },
      'run of a lost process folded up',
    )
  }
}
