import type { Model, ModelProvider } from '@openai/agents'
import { DemoModel } from '../../service/local/demo-model.ts'
import { untilAborted } from '../support/scripted-application.ts'

/**
 * The demo model without its pauses, but for what `hold` waits for: it is given all that has been
 * said so far, after each word, and the signal that ends the answer.
 */
export function heldModel(
  hold: (said: string, signal: AbortSignal | undefined) => Promise<void> | undefined,
): ModelProvider {
  const demo = new DemoModel({ pace: Infinity })
  const model: Model = {
    getResponse: (request) => demo.getResponse(request),
    async *getStreamedResponse(request) {
      let said = ''
      for await (const event of demo.getStreamedResponse(request)) {
        yield event
        if (event.type !== 'output_text_delta') continue
        said += event.delta
        await hold(said, request.signal)
      }
    },
  }
  return { getModel: () => model }
}

/** Begins an answer, and says no more once it has said this, until it is stopped. */
export function stuckAfter(words: string): ModelProvider {
  return heldModel((said, signal) => {
    if (!said.includes(words) || signal === undefined) return undefined
    return untilAborted(signal)
  })
}
