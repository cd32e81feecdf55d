import type { AnnotationInput } from './annotations.ts'
import type {
  BrowserCall,
  Chat,
  ChatThread,
  ChatUser,
  NewImage,
  NoticeLevel,
  RunUsage,
} from './chat.ts'
import type { ApplicationEvent } from './events.ts'
import { newId } from './ids.ts'
import type { IdKind } from './ids.ts'
import type { Attachment, StructuredQuestionInput, ThreadItem, ThreadItemInput } from './items.ts'
import { widgetEvents } from './widget-stream.ts'
import type { WidgetRoot } from './widgets.ts'

/** A chat of which everything that is said goes through `send`. */
export abstract class ComposedChat implements Chat {
  abstract readonly user: ChatUser
  abstract readonly thread: ChatThread
  abstract readonly signal: AbortSignal

  abstract send(event: ApplicationEvent): Promise<void>
  abstract save(item: ThreadItemInput): Promise<void>
  abstract callBrowser(call: BrowserCall): void
  abstract history(limit: number): Promise<readonly ThreadItem[]>
  abstract attachmentUrl(attachment: Attachment): Promise<string>
  abstract readAttachment(attachment: Attachment, bytesMax: number): Promise<Uint8Array>
  abstract keepImage(image: NewImage): Promise<string | undefined>
  abstract addUsage(usage: RunUsage): void
  abstract noteFailure(error: unknown): void

  say(text: string, { annotations = [] }: { annotations?: readonly AnnotationInput[] } = {}) {
    const content = [{ type: 'output_text' as const, text, annotations: [...annotations] }]
    const item = { ...this.newItem('message'), type: 'assistant_message' as const, content }
    return this.send({ type: 'thread.item.done', item })
  }

  async showWidget(
    widget: WidgetRoot | AsyncIterable<WidgetRoot>,
    { copyText }: { copyText?: string } = {},
  ): Promise<void> {
    const item = {
      ...this.newItem('message'),
      type: 'widget' as const,
      ...(copyText === undefined ? {} : { copy_text: copyText }),
    }
    if (!isSequence(widget)) {
      return await this.send({ type: 'thread.item.done', item: { ...item, widget } })
    }
    for await (const event of widgetEvents(widget, item)) await this.send(event)
  }

  ask(questions: readonly StructuredQuestionInput[]): Promise<void> {
    const inputs = [...questions]
    const item = { ...this.newItem('message'), type: 'structured_input' as const, inputs }
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

  /** What every new item of this conversation has. */
  protected newItem(kind: IdKind) {
    return { id: newId(kind), thread_id: this.thread.id, created_at: new Date().toISOString() }
  }
}

function isSequence(
  widget: WidgetRoot | AsyncIterable<WidgetRoot>,
): widget is AsyncIterable<WidgetRoot> {
  return Symbol.asyncIterator in widget
}
