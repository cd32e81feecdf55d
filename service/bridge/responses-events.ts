import type { ResponseOutputItem, ResponseStreamEvent } from 'openai/resources/responses/responses'
import type { OutputText } from '../protocol/annotations.ts'
import { HostedTools } from './hosted-tools.ts'
import { Images } from './images.ts'
import { MessageWriter } from './message-writer.ts'
import type { Stage } from './stage.ts'
import { Thoughts } from './thoughts.ts'
import { PartConverter } from './upstream-parts.ts'
import { UpstreamFailure } from './upstream-failure.ts'

type EventOf<Type extends ResponseStreamEvent['type']> = Extract<
  ResponseStreamEvent,
  { type: Type }
>

/**
 * Turns the raw events of the Responses API into ChatKit events.
 *
 * What is said, thought and drawn is told apart by its place in the output and not by its id:
 * compatible servers leave ids out, or give every message the same.
 */
export class ResponsesEvents {
  readonly #stage: Stage
  readonly #messages = new Map<number, MessageWriter>()
  readonly #thoughts: Thoughts
  readonly #images: Images
  readonly #tools: HostedTools | undefined
  readonly #parts: PartConverter

  constructor(stage: Stage) {
    this.#stage = stage
    this.#thoughts = new Thoughts(stage.workflow)
    this.#images = new Images(stage)
    this.#tools = stage.converters.hostedTools ? new HostedTools(stage.workflow) : undefined
    this.#parts = new PartConverter(stage.converters.annotation)
  }

  /** What must reach the database before the next event is a promise; all else is done at once. */
  apply(event: ResponseStreamEvent): Promise<void> | undefined {
    switch (event.type) {
      case 'response.output_text.delta':
        this.#at(event.output_index).addText(event.content_index, event.delta)
        return undefined
      case 'response.reasoning_summary_text.delta':
        this.#thoughts.grow(sourceOf(event), event.delta)
        return undefined
      case 'response.created':
        return this.end() // the next response counts from 0 again
      case 'response.output_item.added':
        return this.#begin(event.output_index, event.item)
      case 'response.content_part.added':
        return this.#openPart(event)
      case 'response.output_text.done':
        this.#at(event.output_index).endPart(event.content_index, event.text)
        return undefined
      case 'response.output_text.annotation.added':
        return this.#annotate(event)
      case 'response.reasoning_summary_text.done':
        this.#thoughts.complete(sourceOf(event), event.text)
        return undefined
      case 'response.image_generation_call.partial_image':
        return this.#showStage(event)
      case 'response.output_item.done':
        return this.#finish(event.output_index, event.item)
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

  /** Ends what a careless server left open. */
  async end(): Promise<void> {
    this.#thoughts.endResponse()
    this.#tools?.endResponse()
    for (const message of this.#messages.values()) await message.done()
    this.#messages.clear()
    await this.#images.endResponse()
  }

  #at(outputIndex: number): MessageWriter {
    return this.#messages.get(outputIndex) ?? this.#openMessage(outputIndex, [])
  }

  #openMessage(outputIndex: number, content: readonly OutputText[]): MessageWriter {
    // The message ends the workflow: what is in it stays as it is now.
    this.#tools?.settle()
    const message = new MessageWriter(this.#stage.chat, content)
    this.#messages.set(outputIndex, message)
    return message
  }

  #begin(outputIndex: number, item: ResponseOutputItem): undefined {
    switch (item.type) {
      case 'message':
        this.#openMessage(outputIndex, this.#parts.toParts(item.content))
        return
      case 'reasoning':
        this.#thoughts.begin()
        return
      case 'image_generation_call':
        this.#images.begin(outputIndex)
        return
      default:
        this.#tools?.begin(outputIndex, item)
    }
  }

  #openPart(event: EventOf<'response.content_part.added'>): undefined {
    const [part] = this.#parts.toParts([event.part])
    // What has no text for the user, such as raw reasoning, is not part of a message.
    if (part) this.#at(event.output_index).openPart(event.content_index, part)
  }

  #annotate(event: EventOf<'response.output_text.annotation.added'>): undefined {
    const annotation = this.#stage.converters.annotation(event.annotation)
    if (annotation) this.#at(event.output_index).addAnnotation(event.content_index, annotation)
  }

  #showStage(event: EventOf<'response.image_generation_call.partial_image'>): Promise<void> {
    const { item_id: id, partial_image_b64: base64, output_format: format } = event
    const stage = event.partial_image_index
    return this.#images.showStage(event.output_index, { id, base64, format }, stage)
  }

  #finish(outputIndex: number, item: ResponseOutputItem): Promise<void> | undefined {
    switch (item.type) {
      case 'message': {
        const message = this.#at(outputIndex)
        this.#messages.delete(outputIndex)
        const content = this.#parts.toParts(item.content)
        return content.length > 0 ? message.done(content) : message.done()
      }
      case 'image_generation_call': {
        const { id, result: base64, output_format: format } = item
        if (!base64) return this.#images.drop(outputIndex)
        return this.#images.finish(outputIndex, { id, base64, format })
      }
      default:
        this.#tools?.finish(outputIndex, item)
        return undefined
    }
  }
}

/** Which thought of one response an event is about. */
function sourceOf(event: { readonly output_index: number; readonly summary_index: number }) {
  return `${event.output_index}/${event.summary_index}`
}
