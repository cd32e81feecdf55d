import { ServiceError } from '../errors.ts'
import type { ApplicationEvent, ThreadStreamEvent } from '../protocol/events.ts'
import { toFrame } from '../protocol/frames.ts'
import { isHidden } from '../protocol/items.ts'
import type { ThreadItem, ThreadItemInput } from '../protocol/items.ts'
import { toStorable, toWire } from '../protocol/normal-event.ts'
import { PendingItems } from '../protocol/pending-items.ts'
import { threadOnTheWire } from '../protocol/thread.ts'
import type { Checkpoint, RunEnding, RunLease } from '../store/run-ledger.ts'
import type { Store } from '../store/store.ts'
import { FrameFeed } from './frame-feed.ts'
import type { LiveThread } from './live-thread.ts'
import { patiently } from './patience.ts'

/** Why a run ends before its application is done. */
export type EndReason = 'cancelled' | 'draining' | 'too_long' | 'lost' | 'failed'

export interface RunParts {
  readonly lease: RunLease
  readonly thread: LiveThread
  readonly store: Store
  /** Told when the first listener comes and when the last one leaves. */
  readonly onAudience: (present: boolean) => void
}

const SENT: Promise<void> = Promise.resolve()

/**
 * One streamed answer. It belongs to this process, not to the connection that asked for it.
 *
 * Events go out in the order in which they were sent. What says "done" is in the database before
 * anybody hears of it; all else is heard at once and written by the next checkpoint.
 */
export class Run {
  readonly lease: RunLease
  readonly feed: FrameFeed
  readonly pending = new PendingItems()
  /** By `performance.now()`: what is measured from it does not depend on the clock being set. */
  readonly startedAt = performance.now()
  readonly #thread: LiveThread
  readonly #store: Store
  readonly #abort = new AbortController()
  readonly #hiddenIds = new Set<string>()
  #unwritten: string[] = []
  #unwrittenFrom = 1
  #inFlight = 0
  #tail: Promise<void> = SENT
  #closed = false
  #patienceUntil = Infinity
  #failure: Error | undefined
  #checkpointing: Promise<void> = SENT

  constructor(parts: RunParts) {
    this.lease = parts.lease
    this.feed = new FrameFeed({ onAudience: parts.onAudience })
    this.#thread = parts.thread
    this.#store = parts.store
  }

  /** Aborted, with an `EndReason` as its reason, when the run has to end early. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /**
   * From here on, all that is left has to be written by this time of `performance.now()`, or is
   * left to others.
   */
  hurry(deadline: number): void {
    this.#patienceUntil = Math.min(this.#patienceUntil, deadline)
  }

  /** What an event failed with that could not be stored; the reason of the end is `failed` then. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** Ends the run early. The first reason counts. */
  stop(reason: EndReason): void {
    if (!this.#abort.signal.aborted) this.#abort.abort(reason)
  }

  /**
   * Sends what is in the database already, or never will be: the opening and the error at the end.
   */
  announce(event: ThreadStreamEvent): void {
    const frame = toFrame(this.feed.nextSequence, event)
    this.#unwritten.push(frame)
    this.feed.push(frame)
  }

  /** Sends an event of the application in its turn; see `Chat.send`. */
  send(event: ApplicationEvent): Promise<void> {
    if (this.#closed || this.signal.aborted) return quietly(Promise.reject(new RunEndedError()))
    let wire: ThreadStreamEvent
    try {
      wire = toWire(event)
    } catch (error) {
      // Whoever sent it hears of it and may go on; nothing of it is shown.
      return Promise.reject(toError(error))
    }
    // The way of a delta: nothing before it is on its way to the database, and it need not go.
    if (this.#inFlight === 0 && wire.type === 'thread.item.updated' && !this.#thread.isChanged) {
      this.#show(wire, wire.item_id)
      return SENT
    }
    return this.#enqueue(() => this.#process(wire))
  }

  /** Stores an item in its turn and tells nobody; see `Chat.save`. */
  save(item: ThreadItemInput): Promise<void> {
    if (this.#closed || this.signal.aborted) return quietly(Promise.reject(new RunEndedError()))
    let storable: ThreadItem
    try {
      storable = toStorable(item)
    } catch (error) {
      return Promise.reject(toError(error))
    }
    if (isHidden(storable)) this.#hiddenIds.add(storable.id)
    return this.#enqueue(async () => {
      await this.#demandLease(() => this.#store.ledger.saveItem(this.lease, storable))
      this.pending.forget(storable.id)
    })
  }

  /** Waits for everything that was sent, and stores the last changes of the conversation. */
  async settle(): Promise<void> {
    await this.#enqueue(() => this.#announceThread())
    if (this.#failure) throw this.#failure
  }

  /** From here on the application can send no more; resolves when what it has sent has gone out. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#tail
  }

  /** Stores and announces an item even though the application has been told to stop. */
  async keep(item: ThreadItem): Promise<void> {
    await this.#enqueue(() => this.#process({ type: 'thread.item.done', item: toStorable(item) }))
  }

  /** Takes back an item that was on display and will never be done. */
  discard(itemId: string): void {
    const event = { type: 'thread.item.removed', item_id: itemId } as const
    this.pending.apply(event)
    if (!this.#hiddenIds.has(itemId)) this.announce(event)
  }

  /** The frames since the last call, for the next checkpoint. */
  takeUnwritten(): Checkpoint {
    const frames = this.#unwritten.join('')
    const firstSequence = this.#unwrittenFrom
    this.#unwritten = []
    this.#unwrittenFrom = this.feed.nextSequence
    return { lease: this.lease, firstSequence, frames }
  }

  /** Gives back what could not be written: it is part of the next checkpoint. */
  returnUnwritten(checkpoint: Checkpoint): void {
    if (checkpoint.frames === '') return
    this.#unwritten.unshift(checkpoint.frames)
    this.#unwrittenFrom = checkpoint.firstSequence
  }

  /** Tells the run of a checkpoint under way, so that its end does not overtake it. */
  set checkpointing(checkpointing: Promise<void>) {
    this.#checkpointing = checkpointing
  }

  get hasUnwritten(): boolean {
    return this.#unwritten.length > 0
  }

  /** Ends the run in the ledger and then for its listeners; false when it was no longer ours. */
  async finish(ending: Omit<RunEnding, 'delivered'>): Promise<boolean> {
    await this.#checkpointing
    const last = this.takeUnwritten()
    const delivered = this.feed.listenerCount > 0
    try {
      return await this.#patiently(() => this.#store.ledger.finish(last, { ...ending, delivered }))
    } finally {
      this.feed.end()
    }
  }

  #enqueue(work: () => Promise<void>): Promise<void> {
    this.#inFlight += 1
    const done = this.#tail.then(work)
    // The next event waits for this one but does not inherit its failure.
    this.#tail = done.then(
      () => this.#landed(),
      (error: unknown) => this.#landed(error),
    )
    return done
  }

  #landed(error?: unknown): void {
    this.#inFlight -= 1
    if (error === undefined) return
    // The application may not have waited for this event: its failure ends the run all the same.
    this.#failure ??= toError(error)
    this.stop('failed')
  }

  async #process(event: ThreadStreamEvent): Promise<void> {
    switch (event.type) {
      case 'thread.item.done':
      case 'thread.item.replaced': {
        const { item } = event
        const isHiding = event.type === 'thread.item.replaced' && (await this.#hides(item))
        await this.#demandLease(() => this.#store.ledger.saveItem(this.lease, item))
        if (isHiding) this.announce({ type: 'thread.item.removed', item_id: item.id })
        this.#show({ type: event.type, item }, item.id)
        break
      }
      case 'thread.item.removed': {
        const { item_id: itemId } = event
        const { ledger } = this.#store
        const removed = await this.#patiently(() => ledger.removeItem(this.lease, itemId))
        if (!removed) return this.#lose()
        // An earlier answer may have stored it, so that only the database knows.
        if (removed.wasHidden) this.#hiddenIds.add(itemId)
        this.#show(event, itemId)
        break
      }
      case 'thread.item.added':
        this.#show(event, event.item.id)
        break
      case 'thread.item.updated':
        this.#show(event, event.item_id)
        break
      default:
        this.announce(event)
    }
    await this.#announceThread()
  }

  #show(event: ThreadStreamEvent, itemId: string): void {
    if ('item' in event) this.#hiddenIds[isHidden(event.item) ? 'add' : 'delete'](itemId)
    this.pending.apply(event)
    if (this.#hiddenIds.has(itemId)) return
    // The browser runs a tool when it first sees the call, so it must see each call once.
    const isEarlyCall = event.type === 'thread.item.added' && event.item.type === 'client_tool_call'
    if (!isEarlyCall) this.announce(event)
  }

  /** Whether what takes the place of an item is not to be seen, and the item was. */
  async #hides(item: ThreadItem): Promise<boolean> {
    if (!isHidden(item) || this.#hiddenIds.has(item.id)) return false
    if (this.pending.all.some(({ id }) => id === item.id)) return true
    const { threadId, owner } = this.lease
    return await this.#patiently(() => this.#store.items.isVisible(threadId, item.id, owner))
  }

  async #announceThread(): Promise<void> {
    if (!this.#thread.isChanged) return
    const changes = this.#thread.takeChanges()
    const thread = await this.#patiently(() => this.#store.ledger.updateThread(this.lease, changes))
    if (!thread) return this.#lose()
    this.#thread.adopt(thread)
    this.announce({ type: 'thread.updated', thread: threadOnTheWire(thread) })
  }

  async #demandLease(write: () => Promise<boolean>): Promise<void> {
    if (!(await this.#patiently(write))) this.#lose()
  }

  #patiently<Result>(work: () => Promise<Result>): Promise<Result> {
    return patiently(work, () => this.#patienceUntil)
  }

  #lose(): never {
    this.stop('lost')
    throw new ServiceError('run_interrupted')
  }
}

/** For a promise that nobody has to wait for: its failure is dealt with elsewhere. */
function quietly<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => undefined)
  return promise
}

function toError(error: unknown): Error {
  return error instanceof Error
    ? error
    : new Error('something other than an error', { cause: error })
}

/** The application sent something after its answer had ended. */
class RunEndedError extends Error {
  override readonly name = 'RunEndedError'

  constructor() {
    super('the answer has ended; nothing more can be sent')
  }
}
