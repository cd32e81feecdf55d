import type { StreamEvent } from '@openai/agents'
import { MessageWriter } from './message-writer.ts'
import type { Stage } from './stage.ts'
import { thought } from './thoughts.ts'

type Output = Extract<StreamEvent, { type: 'response_done' }>['response']['output']

/**
 * Turns the events that the SDK gives for every model into ChatKit events: text that grows, and
 * the end of a response. Used for models that are not reached by the Responses API.
 */
export class NormalisedEvents {
  readonly #stage: Stage
  #message: MessageWriter | undefined

  constructor(stage: Stage) {
    this.#stage = stage
  }

  apply(event: StreamEvent): Promise<void> | undefined {
    switch (event.type) {
      case 'output_text_delta':
        if (event.delta === '') return undefined
        this.#message ??= new MessageWriter(this.#stage.chat)
        this.#message.addText(0, event.delta)
        return undefined
      case 'response_done':
        // The thoughts come with the end of the response: behind a message they would be in the
        // way.
        if (!this.#message) this.#showThoughts(event.response.output)
        return this.#finish(textOf(event.response.output))
      default:
        return undefined
    }
  }

  async end(): Promise<void> {
    await this.#finish(undefined)
  }

  async #finish(whole: string | undefined): Promise<void> {
    const message = this.#message ?? (whole ? new MessageWriter(this.#stage.chat) : undefined)
    this.#message = undefined
    if (!message) return
    if (whole !== undefined) message.endPart(0, whole)
    await message.done()
  }

  /** Summaries only: what a model thinks literally is not meant for users. */
  #showThoughts(output: Output): void {
    const { workflow } = this.#stage
    for (const item of output) {
      if (item.type !== 'reasoning') continue
      for (const { text } of item.content) {
        if (!workflow.item) void workflow.start({ type: 'reasoning' })
        void workflow.add(thought(text)).sent
      }
    }
  }
}

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
