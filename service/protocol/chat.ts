import type { ApplicationEvent } from './events.ts'
import type { ThreadItem, UserMessageItem } from './items.ts'
import type { ThreadStatus } from './thread.ts'
import type { WidgetRoot } from './widgets.ts'

/** Who the answer is for, from verified claims. */
export interface ChatUser {
  readonly userId: string
  readonly orgId: string
  readonly plan: string
  /** A BCP 47 language tag, such as `de-CH`. */
  readonly locale: string
}

/** The conversation at hand. An assignment is stored, and announced to the client. */
export interface ChatThread {
  readonly id: string
  readonly createdAt: string
  title: string | undefined
  status: ThreadStatus
  allowedImageDomains: readonly string[] | undefined
  /** For the application alone: it is stored, and never sent to a client. */
  metadata: Readonly<Record<string, unknown>>
}

/**
 * One answer in the making, as an application sees it: for whom, where, and how to send.
 *
 * Tools get it as their run context. It ends with the answer; nothing can be sent after that.
 */
export interface Chat {
  readonly user: ChatUser
  readonly thread: ChatThread
  /** Aborted when the user stops the answer, and when this process has to end. */
  readonly signal: AbortSignal
  /**
   * Sends an event in its turn. Items that are done, replaced or removed are in the database
   * before any client hears of it; await the call to wait for that.
   */
  send(event: ApplicationEvent): Promise<void>
  /** Shows a finished widget. `copyText` is what the client's copy button takes. */
  showWidget(widget: WidgetRoot, options?: { copyText?: string }): Promise<void>
  /** Shows what is being done, until the next item appears. */
  showProgress(text: string, icon?: string): Promise<void>
  /**
   * Asks the browser to run one of its tools when this answer ends. The browser sends the outcome
   * with its next request, which continues the conversation.
   */
  callBrowser(call: BrowserCall): void
  /**
   * The newest items, oldest first, hidden ones included: at most `limit`, and at most a megabyte
   * of them beside the newest.
   */
  history(limit: number): Promise<readonly ThreadItem[]>
  /** Adds to what this answer has cost, in tokens as the model counted them. */
  addUsage(usage: RunUsage): void
}

/** A tool of the browser to run. `callId` is the model's id of the call that asked for it. */
export interface BrowserCall {
  readonly name: string
  readonly arguments: Readonly<Record<string, unknown>>
  readonly callId?: string | undefined
}

/** Ends an answer with words for the user. */
export class ChatError extends Error {
  override readonly name = 'ChatError'
  readonly allowRetry: boolean

  constructor(message: string, options: ErrorOptions & { allowRetry?: boolean } = {}) {
    super(message, options)
    this.allowRetry = options.allowRetry ?? false
  }
}

/** What answers: the agent in production, anything in a test. */
export interface ChatApplication {
  /**
   * Answers. `message` is what the user said; undefined when the browser returned a tool's outcome.
   * A `ChatError` tells the user its message; of any other error the user learns nothing.
   */
  respond(chat: Chat, message: UserMessageItem | undefined): Promise<void>
}

/** Tokens as the model counted them. */
export interface RunUsage {
  readonly inputTokens: number
  readonly outputTokens: number
}
