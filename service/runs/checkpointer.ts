import type { Logger } from '../log.ts'
import type { RunLedger } from '../store/run-ledger.ts'
import type { Run } from './run.ts'

const CHECKPOINT_MS = 250
const RENEW_MS = 2_000

export interface CheckpointerParts {
  readonly ledger: RunLedger
  readonly log: Logger
  /** The runs of this process. */
  readonly liveRuns: () => Iterable<Run>
}

/**
 * Writes what the runs of this process have said, all of them in one statement four times a second,
 * and renews their leases. What it cannot write it keeps for the next time.
 */
export class Checkpointer {
  readonly #parts: CheckpointerParts
  readonly #renewedAt = new WeakMap<Run, number>()
  readonly #timer: NodeJS.Timeout
  #current: Promise<void> | undefined

  constructor(parts: CheckpointerParts) {
    this.#parts = parts
    this.#timer = setInterval(() => this.#tick(), CHECKPOINT_MS)
    this.#timer.unref()
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#current
  }

  #tick(): void {
    if (this.#current) return
    const due = [...this.#parts.liveRuns()].filter((run) => this.#isDue(run))
    if (due.length === 0) return
    this.#current = this.#write(due).finally(() => {
      this.#current = undefined
    })
    for (const run of due) run.checkpointing = this.#current
  }

  /** A run without listeners is asked about each time: someone may wait for it to end. */
  #isDue(run: Run): boolean {
    const renewedAt = this.#renewedAt.get(run) ?? run.startedAt
    const isDetached = run.feed.listenerCount === 0
    return run.hasUnwritten || isDetached || Date.now() - renewedAt > RENEW_MS
  }

  async #write(runs: readonly Run[]): Promise<void> {
    const checkpoints = runs.map((run) => run.takeUnwritten())
    try {
      const renewed = await this.#parts.ledger.checkpoint(checkpoints)
      for (const run of runs) this.#judge(run, renewed.get(run.lease.runId))
    } catch (error) {
      runs.forEach((run, index) => {
        const checkpoint = checkpoints[index]
        if (checkpoint) run.returnUnwritten(checkpoint)
      })
      this.#parts.log.warn(
        { err: error, runs: runs.length },
        'checkpoint failed; kept for the next',
      )
    }
  }

  #judge(run: Run, cancel: boolean | undefined): void {
    this.#renewedAt.set(run, Date.now())
    if (cancel === undefined && !run.feed.ended) run.stop('lost')
    if (cancel === true) run.stop('cancelled')
  }
}
