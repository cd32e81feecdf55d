import type { Logger } from '../log.ts'
import { ServiceError } from '../errors.ts'
import type { ThreadStreamEvent } from '../protocol/events.ts'
import { toFrame } from '../protocol/frames.ts'
import type { PendingItems } from '../protocol/pending-items.ts'
import type { RunLease } from '../store/run-ledger.ts'
import type { ExpiredRun } from '../store/run-recovery.ts'
import type { RetentionPolicy } from '../store/retention.ts'
import type { Store } from '../store/store.ts'
import type { Meter } from '../telemetry.ts'
import { toErrorEvent } from './execute-run.ts'
import { readWhole } from './fold.ts'

const SWEEP_MS = 2_000
/** How long a lease has to be seen over before somebody else takes the run. */
const CONFIRM_MS = 3_000
const CLEAN_UP_MS = 60_000
const TAKE_MAX = 50
/**
 * More frames than a process can have sent and not stored. What is said in its place has later
 * numbers than those: whoever has heard them and asks for the rest must not miss it.
 */
const FRAMES_LOST_MAX = 1_000_000
const OLD_BATCHES_MAX = 50

export interface SweeperParts {
  readonly store: Store
  readonly log: Logger
  /** Told of each answer that its process has not ended itself: a dead one tells nothing. */
  readonly meter: Pick<Meter, 'runEnded'>
  /** The name of this process in the ledger. */
  readonly holder: string
  /** The runs that this process is at work on: their leases are its own to renew. */
  readonly ownRuns: () => readonly string[]
  readonly retention: RetentionPolicy
}

interface Sighting {
  readonly epoch: number
  readonly seenAt: number
}

/**
 * Looks after runs whose process is gone: folds what they had said into their conversations, marks
 * them interrupted and frees the conversations for the next question.
 *
 * One look is not enough: after an outage of the database every lease is over, and the holders, who
 * are alive, need a moment to renew them. So a run is taken only when its lease was over in looks
 * that lie `CONFIRM_MS` apart, with no failed look between them.
 */
export class Sweeper {
  readonly #parts: SweeperParts
  readonly #timer: NodeJS.Timeout
  #sightings = new Map<string, Sighting>()
  #current: Promise<void> | undefined
  #cleanUpAt = performance.now() + CLEAN_UP_MS
  #closing = false

  constructor(parts: SweeperParts) {
    this.#parts = parts
    this.#timer = setInterval(() => this.#tick(), SWEEP_MS)
    this.#timer.unref()
  }

  /** Ends a run of this process that never began: nobody else can be at work on it. */
  async endStray(run: ExpiredRun): Promise<void> {
    const { store, holder } = this.#parts
    await store.recovery.abandon(run.id, holder)
    await this.#takeAndFold(run)
  }

  async close(): Promise<void> {
    this.#closing = true
    clearInterval(this.#timer)
    await this.#current
  }

  #tick(): void {
    if (this.#current) return
    this.#current = this.#round().finally(() => {
      this.#current = undefined
    })
  }

  async #round(): Promise<void> {
    try {
      await this.#sweep()
      if (performance.now() < this.#cleanUpAt) return
      this.#cleanUpAt = performance.now() + CLEAN_UP_MS
      await this.#cleanUp()
    } catch (error) {
      this.#sightings.clear()
      this.#parts.log.warn({ err: error }, 'sweep failed')
    }
  }

  async #cleanUp(): Promise<void> {
    const { store, retention } = this.#parts
    await store.recovery.cleanUp()
    await store.retention.removeRecords()
    // Whatever is left then is for the next time, or for another process.
    for (let batch = 0; batch < OLD_BATCHES_MAX; batch += 1) {
      if (this.#closing || !(await store.retention.removeThreads(retention))) return
    }
  }

  async #sweep(): Promise<void> {
    const { store, ownRuns, meter } = this.#parts
    const expired = await store.recovery.findExpired(ownRuns(), TAKE_MAX)
    const seenAt = performance.now()
    const before = this.#sightings
    this.#sightings = new Map(
      expired.map((run) => {
        const earlier = before.get(run.id)
        const isSame = earlier?.epoch === run.epoch
        return [run.id, isSame ? earlier : { epoch: run.epoch, seenAt }] as const
      }),
    )
    for (const run of expired) {
      const since = this.#sightings.get(run.id)?.seenAt ?? seenAt
      if (seenAt - since < CONFIRM_MS) continue
      if (await this.#takeAndFold(run)) meter.runEnded('interrupted', undefined)
    }
  }

  /** Whether the run was ended here, and by nobody else meanwhile. */
  async #takeAndFold(run: ExpiredRun): Promise<boolean> {
    const lease = await this.#parts.store.recovery.take(run, this.#parts.holder)
    if (!lease) return false
    try {
      return await this.#foldUp(lease)
    } catch (error) {
      // One run that cannot be folded up must not keep the others waiting. It is tried again when
      // the lease of this attempt is over.
      this.#parts.log.error({ err: error, run: lease.runId }, 'could not fold up a run')
      return false
    }
  }

  async #foldUp(lease: RunLease): Promise<boolean> {
    const { store, log } = this.#parts
    const { pending, lastSequence } = await readWhole(store.recovery, lease.runId, lease.owner)
    for (const item of pending.worthKeeping) {
      // The item may have been done after the last frame was written: then that is the whole of it.
      await store.ledger.saveItem(lease, item, { keepStored: true })
    }
    const firstSequence = lastSequence + 1 + FRAMES_LOST_MAX
    const events = [
      ...(await this.#lastWords(pending, lease)),
      toErrorEvent(new ServiceError('run_interrupted')),
    ]
    const frames = events.map((event, index) => toFrame(firstSequence + index, event))
    const isOurs = await store.ledger.finish(
      { lease, firstSequence, frames: frames.join('') },
      { outcome: 'interrupted', isEstimated: true, eventCount: lastSequence, delivered: false },
    )
    log.info(
      { run: lease.runId, thread: lease.threadId, kept: pending.worthKeeping.length },
      'run of a lost process folded up',
    )
    return isOurs
  }

  /** What those hear who still listen: nothing that was shown stays half done. */
  async #lastWords(
    pending: PendingItems,
    { threadId, owner }: RunLease,
  ): Promise<ThreadStreamEvent[]> {
    const words: ThreadStreamEvent[] = []
    for (const { id } of pending.all) {
      const item = await this.#parts.store.items.find(threadId, id, owner)
      words.push(
        item ? { type: 'thread.item.done', item } : { type: 'thread.item.removed', item_id: id },
      )
    }
    return words
  }
}
