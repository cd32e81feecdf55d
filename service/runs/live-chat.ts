import type { AnnotationInput } from '../protocol/annotations.ts'
import type { BrowserCall, Chat, ChatUser, NoticeLevel, RunUsage } from '../protocol/chat.ts'
import type { ApplicationEvent } from '../protocol/events.ts'
import { newId } from '../protocol/ids.ts'
import type {
  Attachment,
  StructuredQuestionInput,
  ThreadItem,
  ThreadItemInput,
} from '../protocol/items.ts'
import { widgetEvents } from '../protocol/widget-stream.ts'
import type { WidgetRoot } from '../protocol/widgets.ts'
import type { Attachments } from '../store/attachments.ts'
import type { ItemStore } from '../store/items.ts'
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
}

/** What the application holds while it answers: the run, from its side. */
export class LiveChat implements Chat {
  readonly user: ChatUser
  readonly thread: LiveThread
  readonly #run: Run
  readonly #items: ItemStore
  readonly #attachments: Attachments
  #browserCall: BrowserCall | undefined
  #usage: RunUsage | undefined

  constructor(parts: LiveChatParts) {
    this.user = parts.user
    this.thread = parts.thread
    this.#run = parts.run
    this.#items = parts.items
    this.#attachments = parts.attachments
  }

  get signal(): AbortSignal {
    return this.#run.signal
  }

  /** What the answer has cost so far; undefined when no model was asked. */
  get usage(): RunUsage | undefined {
    return this.#usage
  }

  send(event: ApplicationEvent): Promise<void> {
    return this.#run.send(event)
  }

  save(item: ThreadItemInput): Promise<void> {
    return this.#run.save(item)
  }

  say(text: string, { annotations = [] }: { annotations?: readonly AnnotationInput[] } = {}) {
    const content = [{ type: 'output_text' as const, text, annotations: [...annotations] }]
    const item = { ...this.#newItem('message'), type: 'assistant_message', content } as const
    return this.send({ type: 'thread.item.done', item })
  }

  async showWidget(
    widget: WidgetRoot | AsyncIterable<WidgetRoot>,
    options: { copyText?: string } = {},
  ): Promise<void> {
    const { copyText } = options
    const id = { ...this.#newItem('message'), type: 'widget' } as const
    const item = copyText === undefined ? id : { ...id, copy_text: copyText }
    if (!isSequence(widget)) {
      return await this.send({ type: 'thread.item.done', item: { ...item, widget } })
    }
    for await (const event of widgetEvents(widget, item)) await this.send(event)
  }

  showProgress(text: string, icon?: string): Promise<void> {
    return this.send({ type: 'progress_update', text, icon })
  }

  showNotice(level: NoticeLevel, message: string, title?: string): Promise<void> {
    return this.send({ type: 'notice', level, message, title })
  }

  runEffect(name: string, data: Readonly<Record<string, unknown>> = {}): Promise<void> {
    return this.send({ type: 'client_effect', name, data })
  }

  ask(questions: readonly StructuredQuestionInput[]): Promise<void> {
    const type = 'structured_input'
    const item = { ...this.#newItem('message'), type, inputs: [...questions] } as const
    return this.send({ type: 'thread.item.done', item: { ...item, inputs: [...questions] } })
  }

  callBrowser(call: BrowserCall): void {
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

  addUsage(usage: RunUsage): void {
    this.#usage = {
      inputTokens: (this.#usage?.inputTokens ?? 0) + usage.inputTokens,
      outputTokens: (this.#usage?.outputTokens ?? 0) + usage.outputTokens,
    }
  }

  /** Sends the call that the browser shall make: the last event of an answer. */
  async sendBrowserCall(): Promise<void> {
    const call = this.#browserCall
    if (!call) return
    await this.send({
      type: 'thread.item.done',
      item: {
        ...this.#newItem('toolCall'),
        type: 'client_tool_call',
        status: 'pending',
        call_id: call.callId ?? newId('toolCall'),
        name: call.name,
        arguments: { ...call.arguments },
      },
    })
  }

  #newItem(kind: 'message' | 'toolCall') {
    return { id: newId(kind), thread_id: this.thread.id, created_at: new Date().toISOString() }
  }
}

function isSequence(
  widget: WidgetRoot | AsyncIterable<WidgetRoot>,
): widget is AsyncIterable<WidgetRoot> {
  return Symbol.asyncIterator in widget
}
