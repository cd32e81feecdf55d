import type { StreamEvent } from '@openai/agents'
import type { Chat } from '../protocol/chat.ts'
import { MessageWriter } from './message-writer.ts'

/**
 * Turns the events that the SDK gives for every model into ChatKit events: text that grows, and
 * the end of a response. Used for models that are not reached by the Responses API.
 */
export class NormalisedEvents {
  readonly #chat: Chat
  #message: MessageWriter | undefined

  constructor(chat: Chat) {
    this.#chat = chat
  }

  apply(event: StreamEvent): Promise<void> | undefined {
    switch (event.type) {
      case 'output_text_delta':
        if (event.delta === '') return undefined
        this.#message ??= new MessageWriter(this.#chat)
        this.#message.addText(0, event.delta)
        return undefined
      case 'response_done':
        return this.#finish(textOf(event.response.output))
      default:
        return undefined
    }
  }

  async end(): Promise<void> {
    await this.#finish(undefined)
  }

  async #finish(whole: string | undefined): Promise<void> {
    const message = this.#message ?? (whole ? new MessageWriter(this.#chat) : undefined)
    this.#message = undefined
    if (!message) return
    if (whole !== undefined) message.endPart(0, whole)
    await message.done()
  }
}

type Output = Extract<StreamEvent, { type: 'response_done' }>['response']['output']

/** The text of a whole response; undefined when it has none. */
function textOf(output: Output): string | undefined {
  let text = ''
  for (const item of output) {
    if (item.type !== 'message' || !('role' in item) || item.role !== 'assistant') continue
    for (const part of item.content) {
      if (part.type === 'output_text') text += part.text
      if (part.type === 'refusal') text += part.refusal
    }
  }
  return text || undefined
}
