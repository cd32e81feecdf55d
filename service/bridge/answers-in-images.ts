import type { AgentOutputItem, Model, ModelProvider } from '@openai/agents'
import type { ModelRequest, StreamEvent } from '@openai/agents'

/** What ends an answer that has nothing to say. */
const END = {
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text: '' }],
} satisfies AgentOutputItem

/**
 * A provider whose models may answer with nothing but an image.
 *
 * The SDK takes a response without a message for an unfinished one and asks again, so the model
 * would draw until it may not be asked any more. Such a response gets an empty message, which the
 * SDK takes for the end of the answer, with its guardrails; nobody is shown it.
 */
export function answersInImages(provider: ModelProvider): ModelProvider {
  return { getModel: async (name) => new DrawingModel(await provider.getModel(name)) }
}

class DrawingModel implements Model {
  readonly #model: Model

  constructor(model: Model) {
    this.#model = model
  }

  get supportsPromptModelSelection(): boolean {
    return this.#model.supportsPromptModelSelection ?? false
  }

  async getResponse(request: ModelRequest): ReturnType<Model['getResponse']> {
    const response = await this.#model.getResponse(request)
    const { output } = response
    return isDrawing(output) ? { ...response, output: [...output, END] } : response
  }

  // Passed on event by event instead of by a generator: deltas are many.
  getStreamedResponse(request: ModelRequest): AsyncIterable<StreamEvent> {
    const events = this.#model.getStreamedResponse(request)
    return {
      [Symbol.asyncIterator]() {
        const iterator = events[Symbol.asyncIterator]()
        return {
          next: () => iterator.next().then(passOn),
          return: async () =>
            (await iterator.return?.()) ?? { done: true as const, value: undefined },
        }
      },
    }
  }

  getRetryAdvice(
    ...args: Parameters<NonNullable<Model['getRetryAdvice']>>
  ): ReturnType<NonNullable<Model['getRetryAdvice']>> {
    return this.#model.getRetryAdvice?.(...args)
  }
}

function passOn(result: IteratorResult<StreamEvent>): IteratorResult<StreamEvent> {
  if (result.done || result.value.type !== 'response_done') return result
  const { response } = result.value
  if (!isDrawing(response.output)) return result
  return {
    value: { ...result.value, response: { ...response, output: [...response.output, END] } },
  }
}

/** Whether there is an image, and nothing that the model says or waits for. */
function isDrawing(output: readonly AgentOutputItem[]): boolean {
  const isOver = output.every(
    (item) =>
      item.type === 'reasoning' ||
      (item.type === 'hosted_tool_call' && item.name !== 'mcp_approval_request'),
  )
  return isOver && output.some(isImage)
}

function isImage(item: AgentOutputItem): boolean {
  return (
    item.type === 'hosted_tool_call' &&
    item.name === 'image_generation_call' &&
    Boolean(item.output)
  )
}
