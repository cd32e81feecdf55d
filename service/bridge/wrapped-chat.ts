import type { AnnotationInput } from '../protocol/annotations.ts'
import type {
  BrowserCall,
  Chat,
  ChatThread,
  ChatUser,
  NoticeLevel,
  RunUsage,
} from '../protocol/chat.ts'
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

/** A chat around another one: all that it says goes through `send`, all else is the other's. */
export abstract class WrappedChat implements Chat {
  readonly user: ChatUser
  readonly thread: ChatThread
  readonly signal: AbortSignal
  protected readonly inner: Chat

  constructor(inner: Chat) {
    this.inner = inner
    this.user = inner.user
    this.thread = inner.thread
    this.signal = inner.signal
  }

  abstract send(event: ApplicationEvent): Promise<void>
  abstract save(item: ThreadItemInput): Promise<void>
  abstract callBrowser(call: BrowserCall): void

  say(text: string, { annotations = [] }: { annotations?: readonly AnnotationInput[] } = {}) {
    const content = [{ type: 'output_text' as const, text, annotations: [...annotations] }]
    const item = { ...this.#newItem(), type: 'assistant_message' as const, content }
    return this.send({ type: 'thread.item.done', item })
  }

  async showWidget(
    widget: WidgetRoot | AsyncIterable<WidgetRoot>,
    { copyText }: { copyText?: string } = {},
  ): Promise<void> {
    const item = {
      ...this.#newItem(),
      type: 'widget' as const,
      ...(copyText === undefined ? {} : { copy_text: copyText }),
    }
    if (!isSequence(widget)) {
      return await this.send({ type: 'thread.item.done', item: { ...item, widget } })
    }
    for await (const event of widgetEvents(widget, item)) await this.send(event)
  }

  ask(questions: readonly StructuredQuestionInput[]): Promise<void> {
    const item = {
      ...this.#newItem(),
      type: 'structured_input' as const,
      inputs: [...questions],
    }
    return this.send({ type: 'thread.item.done', item })
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

  history(limit: number): Promise<readonly ThreadItem[]> {
    return this.inner.history(limit)
  }

  attachmentUrl(attachment: Attachment): Promise<string> {
    return this.inner.attachmentUrl(attachment)
  }

  readAttachment(attachment: Attachment, bytesMax: number): Promise<Uint8Array> {
    return this.inner.readAttachment(attachment, bytesMax)
  }

  addUsage(usage: RunUsage): void {
    this.inner.addUsage(usage)
  }

  #newItem() {
    const createdAt = new Date().toISOString()
    return { id: newId('message'), thread_id: this.thread.id, created_at: createdAt }
  }
}

function isSequence(
  widget: WidgetRoot | AsyncIterable<WidgetRoot>,
): widget is AsyncIterable<WidgetRoot> {
  return Symbol.asyncIterator in widget
}
