import { completed, started } from './upstream.ts'
import type { UpstreamStep } from './upstream.ts'

// What the Responses API sends for one item of its output, each at its place.

type Item = Readonly<Record<string, unknown>>
type Maker = (outputIndex: number) => { readonly steps: UpstreamStep[]; readonly item: Item }

/** A whole response of these items, one after the other. */
export function response(...makers: readonly Maker[]): UpstreamStep[] {
  const made = makers.map((make, index) => make(index))
  return [started(), ...made.flatMap(({ steps }) => steps), completed(made.map(({ item }) => item))]
}

/** The same, but what comes after the items is up to the test. */
export function beginning(...makers: readonly Maker[]): UpstreamStep[] {
  return [started(), ...makers.flatMap((make, index) => make(index).steps)]
}

export function message(text: string): Maker {
  return (index) => {
    const id = `msg_${index}`
    const place = { item_id: id, output_index: index, content_index: 0 }
    const part = { type: 'output_text', text, annotations: [], logprobs: [] }
    const item = { id, type: 'message', role: 'assistant', status: 'completed', content: [part] }
    const steps = [
      added(index, { ...item, status: 'in_progress', content: [] }),
      { type: 'response.content_part.added', ...place, part: { ...part, text: '' } },
      { type: 'response.output_text.delta', ...place, delta: text, logprobs: [] },
      { type: 'response.output_text.done', ...place, text, logprobs: [] },
      done(index, item),
    ]
    return { item, steps }
  }
}

export function thoughts(...texts: readonly string[]): Maker {
  return (index) => {
    const id = `rs_${index}`
    const summary = texts.map((text) => ({ type: 'summary_text', text }))
    const item = { id, type: 'reasoning', summary }
    const each = texts.flatMap((text, summaryIndex) => {
      const place = { item_id: id, output_index: index, summary_index: summaryIndex }
      const pieces = text.split(/(?<= )/)
      return [
        ...pieces.map((delta) => ({
          type: 'response.reasoning_summary_text.delta',
          ...place,
          delta,
        })),
        { type: 'response.reasoning_summary_text.done', ...place, text },
      ]
    })
    return { item, steps: [added(index, { ...item, summary: [] }), ...each, done(index, item)] }
  }
}

export function functionCall(name: string, args: Readonly<Record<string, unknown>> = {}): Maker {
  return (index) => {
    const item = {
      id: `fc_${index}`,
      type: 'function_call',
      call_id: `call_${name}_${index}`,
      name,
      arguments: JSON.stringify(args),
      status: 'completed',
    }
    return { item, steps: [added(index, { ...item, arguments: '' }), done(index, item)] }
  }
}

/** An image, after its early stages. Without a result the model has failed to make it. */
export function image(result: string | null, ...stages: readonly string[]): Maker {
  return (index) => {
    const id = `ig_${index}`
    const status = result === null ? 'failed' : 'completed'
    const item = { id, type: 'image_generation_call', status, result }
    const partials = stages.map((base64, stage) => ({
      type: 'response.image_generation_call.partial_image',
      item_id: id,
      output_index: index,
      partial_image_index: stage,
      partial_image_b64: base64,
    }))
    return {
      item,
      steps: [
        added(index, { ...item, status: 'in_progress', result: null }),
        ...partials,
        done(index, item),
      ],
    }
  }
}

/** Any other item: what it is when it begins, and what has been added to it in the end. */
export function hosted(begun: Item, ended: Item = {}): Maker {
  return (index) => {
    const item = { id: `h_${index}`, ...begun, status: 'completed', ...ended }
    const steps = [
      added(index, { id: `h_${index}`, status: 'in_progress', ...begun }),
      done(index, item),
    ]
    return { item, steps }
  }
}

function added(outputIndex: number, item: Item): UpstreamStep {
  return { type: 'response.output_item.added', output_index: outputIndex, item }
}

function done(outputIndex: number, item: Item): UpstreamStep {
  return { type: 'response.output_item.done', output_index: outputIndex, item }
}
