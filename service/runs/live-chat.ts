import type { Logger } from '../log.ts'
import type { BrowserCall, ChatUser, NewImage, RunUsage } from '../protocol/chat.ts'
import { ComposedChat } from '../protocol/composed-chat.ts'
import type { ApplicationEvent } from '../protocol/events.ts'
import { newId } from '../protocol/ids.ts'
import type { Attachment, ThreadItem, ThreadItemInput } from '../protocol/items.ts'
import { essenceOf } from '../protocol/media-types.ts'
import type { Attachments } from '../store/attachments.ts'
import type { ItemStore } from '../store/items.ts'
import { isTokenCount } from '../store/usage.ts'
import type { LiveThread } from './live-thread.ts'
import type { Run } from './run.ts'

/** What an application can read of the past in one go: a budget of memory, not of the model. */
const HISTORY_LENGTH_MAX = 1_000_000

export interface LiveChatParts {
  readonly run: Run
  readonly user: ChatUser
  readonly thread: LiveThread
  readonly items: ItemStore
  readonly attachments: Attachments
  readonly log: Logger
}

/** What the application holds while it answers: the run, from its side. */
export class LiveChat extends ComposedChat {
  readonly user: ChatUser
  readonly thread: LiveThread
  readonly #run: Run
  readonly #items: ItemStore
  readonly #attachments: Attachments
  readonly #log: Logger
  /** The attachments that stages of images are kept as, by the ids of the images. */
  readonly #keptStages = new Map<string, string>()
  #browserCall: BrowserCall | undefined
  #usage: RunUsage | undefined
  #isMiscounted = false

  constructor(parts: LiveChatParts) {
    super()
    this.user = parts.user
    this.thread = parts.thread
    this.#run = parts.run
    this.#items = parts.items
    this.#attachments = parts.attachments
    this.#log = parts.log
  }

  get signal(): AbortSignal {
    return this.#run.signal
  }

  /** What the answer has cost so far; undefined when no model was asked. */
  get usage(): RunUsage | undefined {
    return this.#usage
  }

  /** Whether the models that were asked have all said what they have read. */
  get isCounted(): boolean {
    return !this.#isMiscounted && this.#usage !== undefined && this.#usage.inputTokens > 0
  }

  send(event: ApplicationEvent): Promise<void> {
    return this.#run.send(event)
  }

  save(item: ThreadItemInput): Promise<void> {
    return this.#run.save(item)
  }

  callBrowser(call: BrowserCall): void {
    if (this.#browserCall) {
      throw new Error('the browser runs one tool in an answer, and was asked for one already')
    }
    this.#browserCall = call
  }

  history(limit: number): Promise<readonly ThreadItem[]> {
    const newest = { limit, lengthMax: HISTORY_LENGTH_MAX }
    return this.#items.newest(this.thread.id, newest, this.#run.lease.owner)
  }

  attachmentUrl({ id }: Attachment): Promise<string> {
    return this.#attachments.url(id, this.#run.lease.owner)
  }

  readAttachment({ id }: Attachment, bytesMax: number): Promise<Uint8Array> {
    return this.#attachments.read(id, bytesMax, this.#run.lease.owner)
  }

  async keepImage(image: NewImage): Promise<string | undefined> {
    const { id, base64, mimeType, name, isStage = false } = image
    const { threadId, owner } = this.#run.lease
    const made = {
      name: name ?? `image.${essenceOf(mimeType).split('/')[1]}`,
      mimeType,
      content: Buffer.from(base64, 'base64'),
    }
    const kept = await this.#attachments.keepImage(made, threadId, owner)
    if (!kept) return undefined
    const earlier = this.#keptStages.get(id)
    this.#keptStages.delete(id)
    // A finished image stays, also where a careless provider gives the next one the same id.
    if (isStage) this.#keptStages.set(id, kept.id)
    if (earlier !== undefined) await this.#attachments.removeImage(earlier, threadId, owner)
    return kept.url
  }

  noteFailure(error: unknown): void {
    this.#log.warn({ err: error, run: this.#run.lease.runId }, 'a part of an answer failed')
  }

  /** A count that no model can come to, such as a negative one, counts as none. */
  addUsage(usage: RunUsage): void {
    const { inputTokens, outputTokens } = usage
    if (!isTokenCount(inputTokens) || !isTokenCount(outputTokens)) {
      this.#isMiscounted = true
      this.noteFailure(new Error('the model counted its tokens as no model can'))
    }
    this.#usage = {
      inputTokens: (this.#usage?.inputTokens ?? 0) + (isTokenCount(inputTokens) ? inputTokens : 0),
      outputTokens:
        (this.#usage?.outputTokens ?? 0) + (isTokenCount(outputTokens) ? outputTokens : 0),
    }
  }

  /** Sends the call that the browser shall make: the last event of an answer. */
  async sendBrowserCall(): Promise<void> {
    const call = this.#browserCall
    if (!call) return
    await this.send({
      type: 'thread.item.done',
      item: {
        ...this.newItem('toolCall'),
        type: 'client_tool_call',
        status: 'pending',
        call_id: call.callId ?? newId('toolCall'),
        name: call.name,
        arguments: { ...call.arguments },
      },
    })
  }
}
