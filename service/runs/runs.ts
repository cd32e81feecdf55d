import { setTimeout as sleep } from 'node:timers/promises'
import type { RequestContext } from '../auth/request-context.ts'
import { ServiceError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Chat } from '../protocol/chat.ts'
import type { ThreadStreamEvent } from '../protocol/events.ts'
import { newId } from '../protocol/ids.ts'
import type { Thread } from '../protocol/thread.ts'
import type { NewRun } from '../store/accept.ts'
import type { RunRow } from '../store/run-recovery.ts'
import type { Store } from '../store/store.ts'
import { Checkpointer } from './checkpointer.ts'
import { executeRun } from './execute-run.ts'
import type { FrameFeed } from './frame-feed.ts'
import { LiveChat } from './live-chat.ts'
import { LiveThread } from './live-thread.ts'
import { Run } from './run.ts'
import { storedFeed } from './stored-feed.ts'
import { Sweeper } from './sweeper.ts'

const HANDOVER_MS_MAX = 3_000
const HANDOVER_POLL_MS = 100
const DRAIN_POLL_MS = 50

/** What an operator decides about answers. */
export interface RunPolicy {
  /** Whether the client offers to stop an answer. */
  readonly allowCancel: boolean
  /** How long an answer goes on when nobody listens to it, if it may be stopped at all. */
  readonly detachedMs: number
  /** The longest answer. */
  readonly streamMs: number
  /** Answers at a time in this process. */
  readonly liveRunsMax: number
}

/** A run that a request wants to begin. */
export interface RunRequest {
  readonly context: RequestContext
  readonly operation: string
  readonly threadId: string
  /** The identity of the request; a repeat of it gets the same run. */
  readonly claim: string
  readonly messageId?: string
  /** Stores what the request brings, if the conversation is free. */
  readonly accept: (run: NewRun) => Promise<Accepted | { readonly kind: 'conflict' }>
  /** Does the same for a request whose first run was interrupted: its message is stored already. */
  readonly acceptAgain: (
    run: NewRun,
    earlier: RunRow,
  ) => Promise<Accepted | { readonly kind: 'conflict' }>
}

export interface Accepted {
  readonly kind: 'accepted'
  readonly thread: Thread
  /** What the client is told before the application says anything. */
  readonly opening: readonly ThreadStreamEvent[]
  readonly respond: (chat: Chat) => Promise<void>
}

export interface RunsParts {
  readonly store: Store
  readonly policy: RunPolicy
  readonly log: Logger
}

/** The runs of this process, and the only way to begin one. */
export class Runs {
  readonly #parts: RunsParts
  readonly #owner = newId('run')
  readonly #live = new Map<string, Run>()
  readonly #accepting = new Set<string>()
  readonly #checkpointer: Checkpointer
  readonly #sweeper: Sweeper
  #draining = false

  constructor(parts: RunsParts) {
    this.#parts = parts
    const { store, log } = parts
    this.#checkpointer = new Checkpointer({
      ledger: store.ledger,
      log,
      liveRuns: () => this.#live.values(),
    })
    this.#sweeper = new Sweeper({ store, log, owner: this.#owner })
  }

  get liveCount(): number {
    return this.#live.size
  }

  get isDraining(): boolean {
    return this.#draining
  }

  /**
   * Begins a run, or finds the one that a repeat of the same request belongs to.
   *
   * @throws ServiceError `thread_busy` while somebody listens to another answer in the thread;
   *   `draining` and `too_many_runs` when another process should be asked.
   */
  async begin(request: RunRequest): Promise<FrameFeed> {
    const deadline = Date.now() + HANDOVER_MS_MAX
    let accept = request.accept
    while (true) {
      this.#demandRoom()
      const newRun = this.#newRun(request)
      const feed = await this.#tryToStart(newRun, request, accept)
      if (feed) return feed
      const found = await this.#resolve(request)
      if (found.kind === 'same') return found.feed
      if (found.kind === 'again') accept = (run) => request.acceptAgain(run, found.earlier)
      if (Date.now() > deadline) throw new ServiceError('thread_busy')
      if (found.kind === 'wait') await sleep(HANDOVER_POLL_MS)
    }
  }

  /** The run of this process in a conversation, for what it has said and not yet written. */
  findInThread(threadId: string): Run | undefined {
    for (const run of this.#live.values()) if (run.lease.threadId === threadId) return run
    return undefined
  }

  /** Takes no more runs, waits for the live ones, and ends what is left at the deadline. */
  async drain(deadlineMs: number): Promise<void> {
    this.#draining = true
    const deadline = Date.now() + deadlineMs
    while (this.#live.size > 0 && Date.now() < deadline) await sleep(DRAIN_POLL_MS)
    for (const run of this.#live.values()) run.stop('draining')
    while (this.#live.size > 0) await sleep(DRAIN_POLL_MS)
  }

  async close(): Promise<void> {
    await this.#checkpointer.close()
    await this.#sweeper.close()
  }

  async #tryToStart(
    newRun: NewRun,
    request: RunRequest,
    accept: RunRequest['accept'],
  ): Promise<FrameFeed | undefined> {
    this.#accepting.add(newRun.id)
    try {
      const acceptance = await accept(newRun)
      return acceptance.kind === 'accepted' ? this.#start(newRun, request, acceptance) : undefined
    } finally {
      this.#accepting.delete(newRun.id)
    }
  }

  /**
   * Whether a run of this process never began: its acceptance was answered too late, when the
   * request had been refused already.
   */
  #isStray(row: RunRow): boolean {
    return row.owner === this.#owner && !this.#live.has(row.id) && !this.#accepting.has(row.id)
  }

  #demandRoom(): void {
    if (this.#draining) throw new ServiceError('draining')
    if (this.#live.size >= this.#parts.policy.liveRunsMax) throw new ServiceError('too_many_runs')
  }

  #newRun({ threadId, claim, operation, messageId }: RunRequest): NewRun {
    const base = { id: newId('run'), threadId, claim, operation, owner: this.#owner }
    return messageId === undefined ? base : { ...base, messageId }
  }

  async #resolve(request: RunRequest): Promise<Found> {
    const { recovery, ledger } = this.#parts.store
    const { context, claim, threadId } = request
    const [row] = await recovery.findConflicts(claim, threadId, context)
    if (!row) return { kind: 'now' }
    const isStray = row.status === 'running' && this.#isStray(row)
    if (isStray) await recovery.abandon(row.id, this.#owner)
    if (row.expired || isStray) {
      await this.#sweeper.sweep()
      return { kind: 'now' }
    }
    if (row.status === 'running') {
      if (row.same_claim) return { kind: 'same', feed: this.#feedOf(row.id, context) }
      if (!row.detached) throw new ServiceError('thread_busy')
      // Its client has left and its user has gone on: that ends the answer at once.
      this.#live.get(row.id)?.stop('cancelled')
      await ledger.requestCancel(row.id, context)
      return { kind: 'wait' }
    }
    if (row.status === 'done' && !row.claim_over) {
      return { kind: 'same', feed: this.#feedOf(row.id, context) }
    }
    await recovery.releaseClaim(row.id, context)
    return row.claim_over || row.message_id === null
      ? { kind: 'now' }
      : { kind: 'again', earlier: row }
  }

  #feedOf(runId: string, context: RequestContext): FrameFeed {
    return this.#live.get(runId)?.feed ?? storedFeed(this.#parts.store.recovery, runId, context)
  }

  #start(newRun: NewRun, request: RunRequest, accepted: Accepted): FrameFeed {
    const { context } = request
    const owner = { orgId: context.orgId, userId: context.userId }
    const lease = { runId: newRun.id, epoch: 1, threadId: accepted.thread.id, owner }
    const { store, policy } = this.#parts
    const thread = new LiveThread(accepted.thread)
    const { allowCancel } = policy
    const run: Run = new Run({
      lease,
      thread,
      store,
      allowCancel,
      onAudience: (present) => this.#onAudience(run, present),
    })
    this.#live.set(lease.runId, run)
    for (const event of accepted.opening) run.announce(event)
    run.announce({ type: 'stream_options', stream_options: { allow_cancel: allowCancel } })
    const chat = new LiveChat({ run, user: context, thread, items: store.items })
    void this.#supervise(run, chat, { request, accepted })
    return run.feed
  }

  async #supervise(
    run: Run,
    chat: LiveChat,
    { request, accepted }: { request: RunRequest; accepted: Accepted },
  ): Promise<void> {
    const timer = setTimeout(() => run.stop('too_long'), this.#parts.policy.streamMs)
    const { outcome, error } = await executeRun(run, chat, accepted.respond)
    clearTimeout(timer)
    clearTimeout(this.#detachTimers.get(run))
    this.#live.delete(run.lease.runId)
    const level = outcome === 'failed' ? 'error' : 'info'
    this.#parts.log[level](
      {
        run: run.lease.runId,
        thread: run.lease.threadId,
        request: request.context.requestId,
        operation: request.operation,
        outcome,
        durationMs: Date.now() - run.startedAt,
        events: run.feed.nextSequence - 1,
        inputTokens: chat.usage?.inputTokens,
        outputTokens: chat.usage?.outputTokens,
        err: error,
      },
      'run ended',
    )
  }

  readonly #detachTimers = new WeakMap<Run, NodeJS.Timeout>()

  #onAudience(run: Run, present: boolean): void {
    const timer = this.#detachTimers.get(run)
    clearTimeout(timer)
    // The first listener of a run is no news; only one that comes back is.
    if (run.feed.ended || (present && !timer)) return
    const { policy, store, log } = this.#parts
    if (!present) {
      const endLater = () => policy.allowCancel && run.stop('cancelled')
      this.#detachTimers.set(run, setTimeout(endLater, policy.detachedMs))
    }
    store.ledger.setDetached(run.lease, !present).catch((error: unknown) => {
      log.warn({ err: error, run: run.lease.runId }, 'could not note who listens')
    })
  }
}

type Found =
  | { readonly kind: 'same'; readonly feed: FrameFeed }
  | { readonly kind: 'again'; readonly earlier: RunRow }
  | { readonly kind: 'wait' }
  | { readonly kind: 'now' }
