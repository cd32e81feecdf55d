import type { RequestContext } from '../auth/request-context.ts'
import type { Chat } from '../protocol/chat.ts'
import type { ThreadStreamEvent } from '../protocol/events.ts'
import type { Thread } from '../protocol/thread.ts'
import type { NewRun } from '../store/acceptance.ts'
import type { Quota } from '../store/quotas.ts'
import type { RetentionPolicy } from '../store/retention.ts'
import type { RunRow } from '../store/run-recovery.ts'
import type { FrameFeed } from './frame-feed.ts'

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
  /** The limits of someone's plan, for all processes together. */
  readonly quotaFor: (context: RequestContext) => Quota
  readonly retention: RetentionPolicy
}

/** A run that a request wants to begin. */
export interface RunRequest {
  readonly context: RequestContext
  readonly operation: string
  readonly threadId: string
  /** The identity of the request; a repeat of it gets the same run. */
  readonly claim: string
  readonly messageId?: string
  /** The first frame that the client has not heard, if it has heard some of a run. */
  readonly fromSequence: number
  /** Stores what the request brings, if the conversation is free. */
  readonly accept: (run: NewRun) => Promise<Accepted | { readonly kind: 'conflict' }>
  /** Does the same for a request whose first run was interrupted: its message is stored already. */
  readonly acceptAgain: (
    run: NewRun,
    earlier: RunRow,
  ) => Promise<Accepted | { readonly kind: 'conflict' | 'superseded' }>
}

/** A run to listen to: a new one from its beginning, another one from where the client left it. */
export interface Listening {
  readonly feed: FrameFeed
  readonly fromSequence: number
}

/** What was accepted and stored: the run may begin. */
export interface Accepted {
  readonly kind: 'accepted'
  readonly thread: Thread
  /** What the client is told before the application says anything. */
  readonly opening: readonly ThreadStreamEvent[]
  /** The same, but after the stream's options. */
  readonly openingAfterOptions?: readonly ThreadStreamEvent[]
  readonly respond: (chat: Chat) => Promise<void>
}
