import type { Annotation, OutputText } from '../protocol/annotations.ts'
import type { Chat } from '../protocol/chat.ts'
import type { ItemUpdate } from '../protocol/events.ts'
import { newId } from '../protocol/ids.ts'
import type { AssistantMessageItem } from '../protocol/items.ts'

/** Parts of one message; more than any model sends. */
const PARTS_MAX = 100

/**
 * One message of the assistant, written part by part.
 *
 * Its id is ours: a provider's ids repeat, or are missing. Models skip steps, so each step makes up
 * for those before it. Only `done` has to be awaited: it puts the message into the database.
 */
export class MessageWriter {
  readonly #chat: Pick<Chat, 'send' | 'thread'>
  readonly #item: AssistantMessageItem
  readonly #openParts = new Set<number>()

  constructor(chat: Pick<Chat, 'send' | 'thread'>, content: readonly OutputText[] = []) {
    this.#chat = chat
    this.#item = {
      type: 'assistant_message',
      id: newId('message'),
      thread_id: chat.thread.id,
      created_at: new Date().toISOString(),
      content: [...content],
    }
    void chat.send({ type: 'thread.item.added', item: { ...this.#item, content: [...content] } })
  }

  /** Begins a part, with the content that it has from the start. */
  openPart(upstreamIndex: number, content: OutputText = emptyPart()): void {
    const index = partIndex(upstreamIndex)
    if (this.#openParts.has(index)) return
    this.#openParts.add(index)
    const part = this.#partAt(index)
    part.text = content.text
    part.annotations = [...content.annotations]
    this.#update({ type: 'assistant_message.content_part.added', content_index: index, content })
  }

  addText(upstreamIndex: number, delta: string): void {
    if (typeof delta !== 'string') return
    const index = partIndex(upstreamIndex)
    if (!this.#openParts.has(index)) this.openPart(index)
    this.#partAt(index).text += delta
    this.#update({
      type: 'assistant_message.content_part.text_delta',
      content_index: index,
      delta,
    })
  }

  addAnnotation(upstreamIndex: number, annotation: Annotation): void {
    const index = partIndex(upstreamIndex)
    this.openPart(index)
    const { annotations } = this.#partAt(index)
    annotations.push(annotation)
    this.#update({
      type: 'assistant_message.content_part.annotation_added',
      content_index: index,
      // Some annotations cannot be shown, so the model's own number may leave gaps.
      annotation_index: annotations.length - 1,
      annotation,
    })
  }

  /** Ends a part with its text as the model has it in the end, or else with what was written. */
  endPart(upstreamIndex: number, whole: unknown): void {
    const index = partIndex(upstreamIndex)
    this.openPart(index)
    const part = this.#partAt(index)
    const text = typeof whole === 'string' ? whole : part.text
    part.text = text
    this.#update({
      type: 'assistant_message.content_part.done',
      content_index: index,
      content: { type: 'output_text', text, annotations: [] },
    })
  }

  /** Ends the message: with the given content, or with what was written so far. */
  done(content: readonly OutputText[] = this.#item.content): Promise<void> {
    return this.#chat.send({
      type: 'thread.item.done',
      item: { ...this.#item, content: [...content] },
    })
  }

  #update(update: ItemUpdate): void {
    void this.#chat.send({ type: 'thread.item.updated', item_id: this.#item.id, update })
  }

  #partAt(index: number): OutputText {
    const { content } = this.#item
    while (content.length <= index) content.push(emptyPart())
    return content[index] ?? emptyPart()
  }
}

/** Servers leave the index out, and nothing keeps them from sending a huge one. */
function partIndex(index: unknown): number {
  const isUsable = typeof index === 'number' && Number.isInteger(index)
  return isUsable && index >= 0 && index < PARTS_MAX ? index : 0
}

function emptyPart(): OutputText {
  return { type: 'output_text', text: '', annotations: [] }
}
