import type { Logger } from '../log.ts'
import type { RunLedger } from '../store/run-ledger.ts'
import type { RunPolicy } from './run-request.ts'
import type { Run } from './run.ts'

export interface AudienceParts {
  readonly ledger: RunLedger
  readonly log: Logger
  readonly policy: RunPolicy
}

/**
 * What follows from who listens to a run. Where answers may be stopped, one that nobody listens to,
 * in this process or another, is cancelled after a while. Elsewhere nothing follows.
 */
export class Audience {
  readonly #parts: AudienceParts
  readonly #timers = new WeakMap<Run, NodeJS.Timeout>()
  readonly #notes = new WeakMap<Run, Promise<void>>()

  constructor(parts: AudienceParts) {
    this.#parts = parts
  }

  /** The first listener of a run has come, or the last one has left. */
  onChange(run: Run, present: boolean): void {
    const { policy, ledger, log } = this.#parts
    const timer = this.#timers.get(run)
    clearTimeout(timer)
    // The first listener of a run is no news; only one that comes back is.
    if (run.feed.ended || !policy.allowCancel || (present && !timer)) return
    if (!present) this.#cancelLater(run)
    // One after the other, and each with what is true by then: they must not overtake each other.
    const note = (this.#notes.get(run) ?? Promise.resolve()).then(() =>
      ledger.setDetached(run.lease, run.feed.listenerCount === 0).catch((error: unknown) => {
        log.warn({ err: error, run: run.lease.runId }, 'could not note who listens')
      }),
    )
    this.#notes.set(run, note)
  }

  /** The run has ended: nothing follows any more. */
  forget(run: Run): void {
    clearTimeout(this.#timers.get(run))
  }

  #cancelLater(run: Run): void {
    const timer: NodeJS.Timeout = setTimeout(
      () => void this.#cancelUnlessHeard(run, timer),
      this.#parts.policy.detachedMs,
    )
    this.#timers.set(run, timer)
  }

  async #cancelUnlessHeard(run: Run, timer: NodeJS.Timeout): Promise<void> {
    const isHeard = await this.#isHeardElsewhere(run)
    // Somebody may have come meanwhile, and left again: that began another while.
    const isOutdated = this.#timers.get(run) !== timer
    if (isOutdated || run.feed.listenerCount > 0 || run.feed.ended) return
    if (isHeard) this.#cancelLater(run)
    else run.stop('cancelled')
  }

  async #isHeardElsewhere(run: Run): Promise<boolean> {
    try {
      return await this.#parts.ledger.hasListener(run.lease)
    } catch (error) {
      // Who cannot be asked about may be there: the answer goes on for another while.
      this.#parts.log.warn({ err: error, run: run.lease.runId }, 'could not ask who listens')
      return true
    }
  }
}
