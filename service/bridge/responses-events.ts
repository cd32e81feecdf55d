import type {
  ResponseOutputMessage,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses'
import { z } from 'zod'
import type { OutputText } from '../protocol/annotations.ts'
import type { Chat } from '../protocol/chat.ts'
import { toAnnotation } from './annotations.ts'
import { MessageWriter } from './message-writer.ts'
import { UpstreamFailure } from './upstream-failure.ts'

/**
 * Turns the raw events of the Responses API into ChatKit events.
 *
 * Messages are told apart by their place in the output and not by their ids: compatible servers
 * leave ids out, or give every message the same.
 */
export class ResponsesEvents {
  readonly #chat: Chat
  readonly #messages = new Map<number, MessageWriter>()

  constructor(chat: Chat) {
    this.#chat = chat
  }

  /** What must reach the database before the next event is a promise; all else is done at once. */
  apply(event: ResponseStreamEvent): Promise<void> | undefined {
    switch (event.type) {
      case 'response.output_text.delta':
        this.#at(event.output_index).addText(event.content_index, event.delta)
        return undefined
      case 'response.refusal.delta':
        this.#at(event.output_index).addText(event.content_index, event.delta)
        return undefined
      case 'response.created':
        this.#messages.clear() // the next answer of the model counts from 0 again
        return undefined
      case 'response.output_item.added':
        if (event.item.type === 'message') this.#at(event.output_index)
        return undefined
      case 'response.content_part.added':
        if (event.part.type !== 'reasoning_text') {
          this.#at(event.output_index).openPart(event.content_index)
        }
        return undefined
      case 'response.output_text.done':
        this.#at(event.output_index).endPart(event.content_index, event.text)
        return undefined
      case 'response.refusal.done':
        this.#at(event.output_index).endPart(event.content_index, event.refusal)
        return undefined
      case 'response.output_text.annotation.added':
        this.#annotate(event)
        return undefined
      case 'response.output_item.done':
        return event.item.type === 'message'
          ? this.#finish(event.output_index, event.item)
          : undefined
      case 'response.failed':
        throw new UpstreamFailure(event.response.error?.code ?? 'failed')
      case 'response.incomplete':
        throw new UpstreamFailure(event.response.incomplete_details?.reason ?? 'incomplete')
      case 'error':
        throw new UpstreamFailure(event.code ?? 'error')
      default:
        return undefined
    }
  }

  /** Ends the messages that a careless server left open. */
  async end(): Promise<void> {
    for (const message of this.#messages.values()) await message.done()
    this.#messages.clear()
  }

  #at(outputIndex: number): MessageWriter {
    let message = this.#messages.get(outputIndex)
    if (!message) {
      message = new MessageWriter(this.#chat)
      this.#messages.set(outputIndex, message)
    }
    return message
  }

  #annotate(event: ResponseStreamEvent & { type: 'response.output_text.annotation.added' }): void {
    const annotation = toAnnotation(event.annotation)
    if (annotation) this.#at(event.output_index).addAnnotation(event.content_index, annotation)
  }

  async #finish(outputIndex: number, item: ResponseOutputMessage): Promise<void> {
    const message = this.#at(outputIndex)
    this.#messages.delete(outputIndex)
    await message.done(toParts(item.content))
  }
}

/** The parts of a finished message that can be shown; others leave no gap. */
function toParts(content: readonly unknown[]): OutputText[] {
  return content.flatMap((part) => {
    const parsed = UpstreamPart.safeParse(part)
    if (!parsed.success) return []
    const { data } = parsed
    if (data.type === 'refusal') {
      return [{ type: 'output_text', text: data.refusal, annotations: [] }]
    }
    const annotations = data.annotations.map(toAnnotation).filter((one) => one !== undefined)
    return [{ type: 'output_text', text: data.text, annotations }]
  })
}

const UpstreamPart = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('output_text'),
    text: z.string(),
    annotations: z.array(z.unknown()).catch([]),
  }),
  z.object({ type: z.literal('refusal'), refusal: z.string() }),
])
