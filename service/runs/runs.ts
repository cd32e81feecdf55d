import { setTimeout as sleep } from 'node:timers/promises'
import type { RequestContext } from '../auth/request-context.ts'
import { ServiceError } from '../errors.ts'
import type { Logger } from '../log.ts'
import { newId } from '../protocol/ids.ts'
import type { NewRun } from '../store/acceptance.ts'
import { onBehalfOfAll } from '../store/fair-share.ts'
import type { RunRow } from '../store/run-recovery.ts'
import type { Store } from '../store/store.ts'
import type { Meter } from '../telemetry.ts'
import { Audience } from './audience.ts'
import { Checkpointer } from './checkpointer.ts'
import { executeRun } from './execute-run.ts'
import type { FrameFeed } from './frame-feed.ts'
import { LiveChat } from './live-chat.ts'
import { LiveThread } from './live-thread.ts'
import type { Accepted, Listening, RunPolicy, RunRequest } from './run-request.ts'
import { Run } from './run.ts'
import { LAST_PATIENCE_MS } from './patience.ts'
import { storedFeed } from './stored-feed.ts'
import { Sweeper } from './sweeper.ts'

// Time enough for the run of a lost process to be taken over.
const HANDOVER_MS_MAX = 8_000
const HANDOVER_POLL_MS = 100
const DRAIN_POLL_MS = 50

export interface RunsParts {
  readonly store: Store
  readonly policy: RunPolicy
  readonly log: Logger
  readonly meter: Meter
}

/** The runs of this process, and the only way to begin one. */
export class Runs {
  readonly #parts: RunsParts
  readonly #holder = newId('run')
  readonly #live = new Map<string, Run>()
  /** Of live runs that answer a request anew. */
  readonly #secondAnswers = new WeakSet<FrameFeed>()
  readonly #accepting = new Set<string>()
  readonly #audience: Audience
  readonly #checkpointer: Checkpointer
  readonly #sweeper: Sweeper
  #draining = false

  constructor(parts: RunsParts) {
    this.#parts = parts
    const { store, log, meter, policy } = parts
    this.#audience = new Audience({ ledger: store.ledger, log, policy })
    this.#checkpointer = new Checkpointer({
      ledger: store.ledger,
      log,
      liveRuns: () => this.#live.values(),
    })
    this.#sweeper = new Sweeper({
      store,
      log,
      meter,
      holder: this.#holder,
      retention: policy.retention,
      ownRuns: () => [...this.#live.keys(), ...this.#accepting],
    })
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
  async begin(request: RunRequest): Promise<Listening> {
    const heard = await this.#findHeard(request)
    if (heard) return heard
    const deadline = performance.now() + HANDOVER_MS_MAX
    let earlier: RunRow | undefined
    while (true) {
      this.#demandRoom()
      const started = await this.#tryToStart(request, earlier)
      if (started) return started
      const found = await this.#resolve(request)
      if (found.kind === 'same') return found.listening
      if (performance.now() > deadline) throw new ServiceError('thread_busy')
      if (found.kind === 'wait') await sleep(HANDOVER_POLL_MS)
      if (found.kind !== 'again') continue
      // Something else is being answered in the conversation of the first run.
      if (earlier) await sleep(HANDOVER_POLL_MS)
      earlier = found.earlier
    }
  }

  /** Ends the run in a conversation that its owner has removed: there is nothing left to write. */
  abandonThread(threadId: string, context: RequestContext): void {
    const run = this.findInThread(threadId)
    const isOwners =
      run?.lease.owner.userId === context.userId && run.lease.owner.orgId === context.orgId
    if (isOwners) run.stop('lost')
  }

  /** The run of this process in a conversation, for what it has said and not yet written. */
  findInThread(threadId: string): Run | undefined {
    for (const run of this.#live.values()) if (run.lease.threadId === threadId) return run
    return undefined
  }

  /** Takes no more runs, waits for the live ones, and ends what is left at the deadline. */
  async drain(deadlineMs: number): Promise<void> {
    this.#draining = true
    const deadline = performance.now() + deadlineMs
    // A run that is being accepted just now still begins.
    while (this.#live.size + this.#accepting.size > 0) {
      if (performance.now() >= deadline) {
        for (const run of this.#live.values()) {
          run.stop('draining')
          run.hurry(deadline + LAST_PATIENCE_MS)
        }
      }
      await sleep(DRAIN_POLL_MS)
    }
  }

  async close(): Promise<void> {
    await this.#checkpointer.close()
    await this.#sweeper.close()
  }

  async #findHeard(request: RunRequest): Promise<Listening | undefined> {
    if (request.fromSequence === 1) return undefined
    const { recovery } = this.#parts.store
    const runId = await recovery.findHeard(request.claim, request.context)
    return runId === undefined ? undefined : this.#listenTo(runId, request)
  }

  async #tryToStart(
    request: RunRequest,
    earlier: RunRow | undefined,
  ): Promise<Listening | undefined> {
    const replaced = earlier ? { replaces: earlier.id } : {}
    const newRun = { ...this.#newRun(request), ...replaced }
    this.#accepting.add(newRun.id)
    try {
      const accepted = earlier
        ? await request.acceptAgain(newRun, earlier)
        : await request.accept(newRun)
      if (accepted.kind === 'accepted') {
        return { feed: this.#start(newRun, request, accepted), fromSequence: 1 }
      }
      // The user has gone on since: what the first run said is all there is to hear.
      return accepted.kind === 'superseded' && earlier
        ? this.#listenTo(earlier.id, request)
        : undefined
    } finally {
      this.#accepting.delete(newRun.id)
    }
  }

  /**
   * Whether a run of this process never began: its acceptance was answered too late, when the
   * request had been refused already.
   */
  #isStray(row: RunRow): boolean {
    return row.holder === this.#holder && !this.#live.has(row.id) && !this.#accepting.has(row.id)
  }

  #demandRoom(): void {
    if (this.#draining) throw new ServiceError('draining')
    if (this.#live.size + this.#accepting.size >= this.#parts.policy.liveRunsMax)
      throw new ServiceError('too_many_runs')
  }

  #newRun({ threadId, claim, operation, messageId, context }: RunRequest): NewRun {
    const quota = this.#parts.policy.quotaFor(context)
    const base = { id: newId('run'), threadId, claim, operation, holder: this.#holder, quota }
    return messageId === undefined ? base : { ...base, messageId }
  }

  async #resolve(request: RunRequest): Promise<Found> {
    const { recovery } = this.#parts.store
    const { context, claim, threadId } = request
    const [row] = await recovery.findConflicts(claim, threadId, context)
    if (!row) return { kind: 'now' }
    // The first answer would be heard as the answer to this, which would be lost.
    if (row.asked_otherwise && !row.claim_over) throw new ServiceError('key_reused')
    if (row.status === 'running') return await this.#resolveLive(row, request)
    if (row.claim_over) {
      await recovery.releaseClaim(row.id, context)
      return { kind: 'now' }
    }
    const isToHear = row.status === 'done' || row.status === 'cancelled'
    if (isToHear) return { kind: 'same', listening: this.#listenTo(row.id, request) }
    if (row.message_id !== null) return { kind: 'again', earlier: row }
    await recovery.releaseClaim(row.id, context)
    return { kind: 'now' }
  }

  async #resolveLive(row: RunRow, request: RunRequest): Promise<Found> {
    if (this.#isStray(row)) {
      await this.#sweeper.endStray(row)
      return { kind: 'now' }
    }
    // Its process may be gone, or may renew its lease in a moment.
    if (row.expired) return { kind: 'wait' }
    if (row.same_claim) return { kind: 'same', listening: this.#listenTo(row.id, request) }
    if (!row.detached) throw new ServiceError('thread_busy')
    // Its client has left and its user has gone on: that ends the answer at once.
    this.#live.get(row.id)?.stop('cancelled')
    await this.#parts.store.ledger.requestCancel(row.id, request.context)
    return { kind: 'wait' }
  }

  #listenTo(runId: string, request: RunRequest): Listening {
    const { context } = request
    const live = this.#live.get(runId)?.feed
    // Who has heard more of a second answer than was said has heard it of the first.
    const isSecond = live !== undefined && this.#secondAnswers.has(live)
    const isOfFirst = isSecond && request.fromSequence > live.nextSequence
    const fromSequence = isOfFirst ? 1 : request.fromSequence
    if (live?.holds(fromSequence)) return { feed: live, fromSequence }
    const { store, log } = this.#parts
    const feed = storedFeed({ store, log, runId, owner: context, fromSequence })
    return { feed, fromSequence }
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
      onAudience: (present) => this.#audience.onChange(run, present),
    })
    this.#live.set(lease.runId, run)
    if (newRun.replaces !== undefined) this.#secondAnswers.add(run.feed)
    for (const event of accepted.opening) run.announce(event)
    run.announce({ type: 'stream_options', stream_options: { allow_cancel: allowCancel } })
    for (const event of accepted.openingAfterOptions ?? []) run.announce(event)
    const { items, attachments } = store
    const chat = new LiveChat({
      run,
      user: context,
      thread,
      items,
      attachments,
      log: this.#parts.log,
    })
    // Its statements are few, and are not to wait for the user's next requests.
    void onBehalfOfAll(() => this.#supervise(run, chat, { request, accepted }))
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
    this.#audience.forget(run)
    this.#live.delete(run.lease.runId)
    this.#parts.meter.runEnded(outcome, chat.usage)
    const level = outcome === 'failed' ? 'error' : 'info'
    this.#parts.log[level](
      {
        run: run.lease.runId,
        thread: run.lease.threadId,
        request: request.context.requestId,
        operation: request.operation,
        outcome,
        durationMs: Math.round(performance.now() - run.startedAt),
        events: run.feed.nextSequence - 1,
        inputTokens: chat.usage?.inputTokens,
        outputTokens: chat.usage?.outputTokens,
        err: error,
      },
      'run ended',
    )
  }
}

type Found =
  | { readonly kind: 'same'; readonly listening: Listening }
  | { readonly kind: 'again'; readonly earlier: RunRow }
  | { readonly kind: 'wait' }
  | { readonly kind: 'now' }
