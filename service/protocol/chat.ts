import type { AnnotationInput } from './annotations.ts'
import type { ApplicationEvent } from './events.ts'
import type {
  Attachment,
  StructuredQuestionInput,
  ThreadItem,
  ThreadItemInput,
  UserMessageItem,
  WidgetItem,
} from './items.ts'
import type { ThreadStatus } from './thread.ts'
import type { WidgetRoot } from './widgets.ts'

/** Who the answer is for, from verified claims. */
export interface ChatUser {
  readonly userId: string
  /** Empty for a user without an organisation. */
  readonly orgId: string
  readonly plan: string
  /** A BCP 47 language tag, such as `de-CH`. */
  readonly locale: string
  /** What the user may do within the organisation. */
  readonly role: 'member' | 'admin'
  /** The further claims that the configuration names, where the user has them. */
  readonly claims: Readonly<Record<string, string | number | boolean>>
}

/** The conversation at hand. An assignment is stored, and announced to the client. */
export interface ChatThread {
  readonly id: string
  readonly createdAt: string
  title: string | undefined
  status: ThreadStatus
  /** Where images of answers may come from; undefined leaves it to the client. */
  allowedImageDomains: readonly string[] | undefined
  /**
   * For the application alone: it is stored, and never sent to a client. Changes are stored key by
   * key, so an answer and an action that change different keys do not undo each other.
   */
  metadata: Readonly<Record<string, unknown>>
}

/**
 * One answer in the making, as an application sees it: for whom, where, and how to send.
 *
 * It ends with the answer; nothing can be sent after that.
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
  /** Stores an item without telling the client. If it was on display it stays there as it is. */
  save(item: ThreadItemInput): Promise<void>
  /** Says a whole message. */
  say(text: string, options?: { annotations?: readonly AnnotationInput[] }): Promise<void>
  /**
   * Shows a widget: a finished one, or one that goes through several states. `copyText` is what the
   * client's copy button takes.
   */
  showWidget(
    widget: WidgetRoot | AsyncIterable<WidgetRoot>,
    options?: { copyText?: string },
  ): Promise<void>
  /** Shows what is being done, until the next item appears. */
  showProgress(text: string, icon?: string): Promise<void>
  /** Shows a message (Markdown) that is not part of the conversation. */
  showNotice(level: NoticeLevel, message: string, title?: string): Promise<void>
  /** Tells the page that something has happened. Nothing comes back; see `callBrowser`. */
  runEffect(name: string, data?: Readonly<Record<string, unknown>>): Promise<void>
  /** Asks the user questions in a form; its answers begin the next answer of the application. */
  ask(questions: readonly StructuredQuestionInput[]): Promise<void>
  /**
   * Asks the browser to run one of its tools when this answer ends. The browser sends the outcome
   * with its next request, which continues the conversation. It runs one tool in an answer.
   *
   * @throws Error when it was asked for one already
   */
  callBrowser(call: BrowserCall): void
  /**
   * The newest items, oldest first, hidden ones included: at most `limit`, and at most a megabyte
   * of them beside the newest.
   */
  history(limit: number): Promise<readonly ThreadItem[]>
  /** Where the model's provider can read an attachment: for a while, or a `data:` URL. */
  attachmentUrl(attachment: Attachment): Promise<string>
  /** The content of an attachment, at most `bytesMax` from its beginning. */
  readAttachment(attachment: Attachment, bytesMax: number): Promise<Uint8Array>
  /**
   * Keeps an image where attachments are kept, and returns its address. In an item of the type
   * `generated_image` the address is made anew at each read, as it ends. The image goes with the
   * conversation; an early stage goes when this answer keeps the next image with its `id`.
   *
   * Undefined where no attachments are kept, and for images that not every browser shows safely.
   */
  keepImage(image: NewImage): Promise<string | undefined>
  /** Puts into the log what failed while the answer goes on, such as a tool. */
  noteFailure(error: unknown): void
  /** Adds to what this answer has cost, in tokens as the model counted them. */
  addUsage(usage: RunUsage): void
}

export type NoticeLevel = 'info' | 'warning' | 'danger'

/** A tool of the browser to run. `callId` is the model's id of the call that asked for it. */
export interface BrowserCall {
  readonly name: string
  readonly arguments: Readonly<Record<string, unknown>>
  readonly callId?: string | undefined
}

/** An image to keep. */
export interface NewImage {
  /** Of the application's choice: an image has that of its stages. */
  readonly id: string
  readonly base64: string
  /** Such as `image/png`. */
  readonly mimeType: string
  /** What it is called when it is saved. @default such as `image.png` */
  readonly name?: string
  /** Whether it is one of which a better one will come. @default false */
  readonly isStage?: boolean
}

/** What a widget or the page asks the server to do. The payload is from outside: check it. */
export interface ChatAction {
  readonly type: string
  /** Undefined when the client sent none, or null. */
  readonly payload: unknown
}

/** The scene of an action that is answered at once, also while an answer is being written. */
export interface ActionScene {
  readonly user: ChatUser
  /** What is assigned here is stored when the action is done. */
  readonly thread: ChatThread
  /** Stores an item: at the end of the conversation, or in its place if its id is or was there. */
  save(item: ThreadItemInput): Promise<void>
  /**
   * To be asked before a model is: an action that needs none is done also when nothing is left.
   *
   * @throws when the user's allowance for today is used up, with words for the user
   */
  demandAllowance(): Promise<void>
  /** Adds to what the user has used today, in tokens as the model counted them. */
  addUsage(usage: RunUsage): Promise<void>
}

/** What the user thinks of the items of one turn. */
export interface ChatFeedback {
  readonly threadId: string
  /** As the client sent them: some may not be of this conversation. Only those of it are stored. */
  readonly itemIds: readonly string[]
  readonly kind: 'positive' | 'negative'
}

/** What was spoken instead of typed. */
export interface ChatAudio {
  readonly bytes: Uint8Array
  /** As the client sent it, such as `audio/webm;codecs=opus`. */
  readonly mimeType: string
  /** The same without parameters. */
  readonly mediaType: string
}

export interface Transcript {
  readonly text: string
  /** Tokens as the model counted them, if it did. */
  readonly usage?: RunUsage | undefined
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

/**
 * What answers: the agent in production, anything in a test.
 *
 * A `ChatError` tells the user its message; of any other error the user learns nothing. What an
 * application does not have is refused to the client as not offered.
 */
export interface ChatApplication {
  /**
   * Answers. `message` is what the user said; undefined when the browser returned a tool's outcome
   * or the user answered questions: both are in the history.
   */
  respond(chat: Chat, message: UserMessageItem | undefined): Promise<void>
  /** Does what a widget (`sender`) or the page asks for, with an answer that is streamed. */
  action?(chat: Chat, action: ChatAction, sender: WidgetItem | undefined): Promise<void>
  /** The same at once. The client puts the item that is returned in the place of the sender. */
  syncAction?(
    scene: ActionScene,
    action: ChatAction,
    sender: WidgetItem | undefined,
  ): Promise<ThreadItemInput | undefined>
  /** Told what the user thinks of an answer, after it was stored. */
  onFeedback?(feedback: ChatFeedback, user: ChatUser): Promise<void>
  /** Turns speech into text. Without a count it costs what its length lets expect. */
  transcribe?(audio: ChatAudio, user: ChatUser): Promise<string | Transcript>
}

/** Tokens as the model counted them. */
export interface RunUsage {
  readonly inputTokens: number
  readonly outputTokens: number
}
