import type { Item, ItemOf } from '../wire/items.ts'
import type { Thread, ThreadStatus } from '../wire/pages.ts'
import type { Failure } from './failure.ts'

/** Something the server wants the user to know; it is not part of the conversation. */
export interface Notice {
  readonly level: 'info' | 'warning' | 'danger'
  readonly title: string | undefined
  readonly message: string
}

/** What is being done, in the words of the server. */
export interface Progress {
  readonly text: string
  readonly icon: string | undefined
}

/** Everything the page shows of one conversation. */
export interface Conversation {
  /** Undefined until the server has created it. */
  readonly threadId: string | undefined
  readonly title: string | undefined
  readonly status: ThreadStatus
  /** Hosts that pictures may be on; undefined leaves it to the page. */
  readonly imageDomains: readonly string[] | undefined
  readonly phase: 'loading' | 'idle' | 'answering'
  readonly items: readonly Item[]
  /** Items of the running answer that may still change. */
  readonly unfinished: ReadonlySet<string>
  /** A message that was sent and that the server has not acknowledged yet. */
  readonly sending: string | undefined
  /** A message that did not arrive, for the composer to offer again. */
  readonly unsent: string | undefined
  readonly cancellable: boolean
  readonly progress: Progress | undefined
  readonly notices: readonly Notice[]
  /** Names of what the server wanted of the page, and the page does not know. */
  readonly unknownEffects: readonly string[]
  readonly failure: Failure | undefined
  /** Whether this page saw the last answer end. If not, it may still be under way. */
  readonly endSeen: boolean
  /** Calls for the page's own tools that the running answer has made. */
  readonly toolCalls: readonly ItemOf<'client_tool_call'>[]
  /** Feedback given on this page: id of the turn's first answer item, and the verdict. */
  readonly ratings: ReadonlyMap<string, 'positive' | 'negative'>
}

export const emptyConversation: Conversation = {
  threadId: undefined,
  title: undefined,
  status: { type: 'active' },
  imageDomains: undefined,
  phase: 'idle',
  items: [],
  unfinished: new Set(),
  sending: undefined,
  unsent: undefined,
  cancellable: false,
  progress: undefined,
  notices: [],
  unknownEffects: [],
  failure: undefined,
  endSeen: false,
  toolCalls: [],
  ratings: new Map(),
}

/** The conversation as the server just described it. What only this page knows is kept. */
export function withThread(state: Conversation, thread: Thread): Conversation {
  return { ...state, ...detailsOf(thread), items: thread.items.data }
}

/** The thread's own fields. Events carry no items, so those stay out. */
export function detailsOf(
  thread: Thread,
): Pick<Conversation, 'threadId' | 'title' | 'status' | 'imageDomains'> {
  const { id: threadId, title, status, allowed_image_domains: imageDomains } = thread
  return { threadId, title, status, imageDomains }
}

/** The state right after the user asked for something that is answered by a stream. */
export function answerBegun(state: Conversation): Conversation {
  return {
    ...state,
    phase: 'answering',
    // Leaving is always possible until the server says that this answer must run to its end.
    cancellable: true,
    progress: undefined,
    failure: undefined,
    notices: [],
    unknownEffects: [],
    toolCalls: [],
    endSeen: false,
    unsent: undefined,
  }
}

/** The state when nothing more will arrive. What was shown stays; an unheard message comes back. */
export function answerEnded(state: Conversation): Conversation {
  return {
    ...state,
    phase: 'idle',
    unfinished: new Set(),
    cancellable: false,
    progress: undefined,
    sending: undefined,
    unsent: state.sending,
  }
}

export function answerFailed(state: Conversation, failure: Failure): Conversation {
  // Only what reached the server can be answered again; the rest returns to the composer.
  const retryable =
    failure.retryable && state.sending === undefined && retryPoint(state) !== undefined
  return { ...state, failure: { ...failure, retryable } }
}

/** Whether the assistant waits for answers to its questions, so that nothing else can be said. */
export function awaitsAnswers({ items }: Conversation): boolean {
  const last = items.findLast((item) => item.type !== 'other' && item.type !== 'end_of_turn')
  return last?.type === 'structured_input' && last.status === 'pending'
}

/** The user message that a retry answers again: the last one. */
export function retryPoint(state: Conversation): string | undefined {
  return state.items.findLast((item) => item.type === 'user_message')?.id
}

/** The conversation cut off after an item, as the server will have it when it answers again. */
export function cutAfter(state: Conversation, itemId: string): Conversation {
  const end = state.items.findIndex((item) => item.id === itemId) + 1
  return { ...state, items: state.items.slice(0, end) }
}
