import type { Logger } from '../log.ts'
import type { CheckpointResult, RunLedger } from '../store/run-ledger.ts'
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
 *
 * When to renew is told by a clock that nobody can set: by one that is set back, runs that are
 * silent for a while would be taken for those of a lost process.
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
    return run.hasUnwritten || isDetached || performance.now() - renewedAt > RENEW_MS
  }

  async #write(runs: readonly Run[]): Promise<void> {
    const checkpoints = runs.map((run) => ({ run, checkpoint: run.takeUnwritten() }))
    try {
      const results = await this.#parts.ledger.checkpoint(checkpoints.map((one) => one.checkpoint))
      for (const { run, checkpoint } of checkpoints) {
        const result = results.get(run.lease.runId)
        if (result?.written === false) run.returnUnwritten(checkpoint)
        this.#judge(run, result)
      }
    } catch (error) {
      for (const { run, checkpoint } of checkpoints) run.returnUnwritten(checkpoint)
      this.#parts.log.warn(
        { err: error, runs: runs.length },
        'checkpoint failed; kept for the next',
      )
    }
  }

  #judge(run: Run, result: CheckpointResult | undefined): void {
    if (!result) {
      if (!run.feed.ended) run.stop('lost')
      return
    }
    if (result.written) this.#renewedAt.set(run, performance.now())
    if (result.cancel) run.stop('cancelled')
  }
}
