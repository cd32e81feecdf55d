import type { ResponseStreamEvent } from 'openai/resources/responses/responses'
import type { OutputText } from '../protocol/annotations.ts'
import { HostedTools } from './hosted-tools.ts'
import { Images } from './images.ts'
import { MessageWriter } from './message-writer.ts'
import type { Stage } from './stage.ts'
import { Thoughts } from './thoughts.ts'
import { finishedImage, isText, partialImage, reasonOf, upstreamItem } from './upstream-events.ts'
import { UpstreamFailure } from './upstream-failure.ts'
import { PartConverter } from './upstream-parts.ts'

/**
 * What runs at the provider. While one of these is at work nothing is said, however long it takes.
 */
const HOSTED = new Set([
  'code_interpreter_call',
  'file_search_call',
  'image_generation_call',
  'mcp_call',
  'mcp_list_tools',
  'web_search_call',
])

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
  /** The places of what the provider is at work on. */
  readonly #atWork = new Set<number>()
  #hasBegun = false

  constructor(stage: Stage) {
    this.#stage = stage
    this.#thoughts = new Thoughts(stage.workflow)
    this.#images = new Images(stage)
    this.#tools = stage.converters.hostedTools ? new HostedTools(stage.workflow) : undefined
    this.#parts = new PartConverter(stage.converters.annotation)
  }

  /** Whether the model has begun to answer. */
  get hasBegun(): boolean {
    return this.#hasBegun
  }

  /** Whether the provider is at work on something else than words. */
  get isAtWork(): boolean {
    return this.#atWork.size > 0
  }

  /** What must reach the database before the next event is a promise; all else is done at once. */
  apply(event: ResponseStreamEvent): Promise<void> | undefined {
    switch (event.type) {
      case 'response.output_text.delta':
        this.#at(event.output_index).addText(event.content_index, event.delta)
        return undefined
      case 'response.reasoning_summary_text.delta':
        if (isText(event.delta)) this.#thoughts.grow(sourceOf(event), event.delta)
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
        if (isText(event.text)) this.#thoughts.complete(sourceOf(event), event.text)
        return undefined
      case 'response.image_generation_call.partial_image':
        return this.#showStage(event)
      case 'response.output_item.done':
        return this.#finish(event.output_index, event.item)
      case 'response.failed':
        throw new UpstreamFailure(reasonOf(event.response) ?? 'failed')
      case 'response.incomplete':
        throw new UpstreamFailure(reasonOf(event.response) ?? 'incomplete')
      case 'error':
        throw new UpstreamFailure(isText(event.code) ? event.code : 'error')
      default:
        return undefined
    }
  }

  /** Ends what a careless server left open. */
  async end(): Promise<void> {
    this.#atWork.clear()
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
    this.#hasBegun = true
    // A careless server may never say that it has ended what it worked on before.
    this.#atWork.clear()
    // The message ends the workflow: what is in it stays as it is now.
    this.#tools?.settle()
    const message = new MessageWriter(this.#stage.chat, content)
    this.#messages.set(outputIndex, message)
    return message
  }

  #begin(outputIndex: number, upstream: unknown): undefined {
    const item = upstreamItem(upstream)
    if (!item) return
    this.#hasBegun = true
    if (HOSTED.has(item.type)) this.#atWork.add(outputIndex)
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

  #showStage(
    event: EventOf<'response.image_generation_call.partial_image'>,
  ): Promise<void> | undefined {
    const shown = partialImage(event)
    return shown && this.#images.showStage(event.output_index, shown.image, shown.stage)
  }

  #finish(outputIndex: number, upstream: unknown): Promise<void> | undefined {
    this.#atWork.delete(outputIndex)
    const item = upstreamItem(upstream)
    switch (item?.type) {
      case undefined:
        return undefined
      case 'message': {
        const message = this.#at(outputIndex)
        this.#messages.delete(outputIndex)
        const content = this.#parts.toParts(item.content)
        return content.length > 0 ? message.done(content) : message.done()
      }
      case 'image_generation_call': {
        const image = finishedImage(item)
        return image ? this.#images.finish(outputIndex, image) : this.#images.drop(outputIndex)
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
