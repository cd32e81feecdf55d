import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ResponseStreamEvent } from 'openai/resources/responses/responses'

// What a model says: words with spaces, some Markdown, a quote, a line break, an umlaut.
const PIECES = [
  'The ',
  'quick',
  ' answer',
  ' is',
  ': "',
  'yes',
  '", ',
  'für',
  ' **all**',
  ' of',
  ' them',
  '.\n\n',
  '- ',
  'Next',
  ' comes',
  ' this',
] as const

/** The n-th delta of every answer here. */
export function pieceAt(index: number): string {
  return PIECES[index % PIECES.length] ?? ''
}

/**
 * One message of a model as raw events of the Responses API, each in a macrotask of its own, and
 * each wrapped as its reader wants it.
 */
export async function* modelEvents<Wrapped>(
  deltas: number,
  wrap: (event: ResponseStreamEvent) => Wrapped,
): AsyncGenerator<Wrapped> {
  for (const event of eventsOf(deltas)) {
    await nextTurn()
    yield wrap(event)
  }
}

/** The same all at once, as it goes over the wire. */
export function* eventsOf(deltas: number): Generator<ResponseStreamEvent> {
  const place = { item_id: 'msg_up', output_index: 0, content_index: 0 } as const
  const part = { type: 'output_text', text: '', annotations: [], logprobs: [] } as const
  const item = { id: 'msg_up', type: 'message', role: 'assistant' } as const
  let sequence_number = 1
  yield {
    type: 'response.output_item.added',
    output_index: 0,
    item: { ...item, status: 'in_progress', content: [] },
    sequence_number: sequence_number++,
  }
  yield {
    type: 'response.content_part.added',
    ...place,
    part: { ...part, annotations: [], logprobs: [] },
    sequence_number: sequence_number++,
  }
  let text = ''
  for (let index = 0; index < deltas; index++) {
    const delta = pieceAt(index)
    text += delta
    yield {
      type: 'response.output_text.delta',
      ...place,
      delta,
      logprobs: [],
      sequence_number: sequence_number++,
    }
  }
  const whole = { ...part, text, annotations: [], logprobs: [] }
  yield {
    type: 'response.output_text.done',
    ...place,
    text,
    logprobs: [],
    sequence_number: sequence_number++,
  }
  yield {
    type: 'response.content_part.done',
    ...place,
    part: whole,
    sequence_number: sequence_number++,
  }
  yield {
    type: 'response.output_item.done',
    output_index: 0,
    item: { ...item, status: 'completed', content: [whole] },
    sequence_number: sequence_number++,
  }
}
