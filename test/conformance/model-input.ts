import type { Bindings } from './bindings.ts'
import { differences } from './differences.ts'
import { isObject } from './json.ts'
import type { JsonObject } from './json.ts'
import type { ModelCall } from './upstream.ts'

export interface ModelInputOptions {
  readonly bindings: Bindings
  /** Whether the model may be asked again beyond what was recorded. */
  readonly mayGoOn: boolean
}

/**
 * Where the model was told something else than was recorded. The first call of a turn counts as a
 * whole; what follows it is made by the SDK, so there only calls and their outputs count.
 */
export function compareModelInput(
  expected: readonly (readonly unknown[])[],
  calls: readonly ModelCall[],
  { bindings, mayGoOn }: ModelInputOptions,
): string[] {
  const found = expected.flatMap((input, index) => {
    const path = `model_input[${index}]`
    const call = calls[index]
    if (!call) return [`${path}: the model was not asked`]
    const [those, these] = [input.map(essence), itemsOf(call.input).map(essence)]
    const keep = call.beginsTurn ? isTold : isCallOrOutput
    return differences(those.filter(keep), these.filter(keep), { bindings, path })
  })
  const more = calls.length - expected.length
  if (more > 0 && !mayGoOn) found.push(`model_input: the model was asked ${more} times more`)
  return found
}

function itemsOf(input: unknown): readonly unknown[] {
  if (typeof input === 'string') return [{ role: 'user', content: input }]
  return Array.isArray(input) ? input : []
}

/** What counts of one item: roles, texts, images, calls and outputs. */
function essence(item: unknown): unknown {
  if (!isObject(item)) return item
  const { type, role, call_id, name } = item
  if (type === 'function_call') {
    return { type, call_id, name, arguments: parsed(item['arguments']) }
  }
  if (type === 'function_call_output') return { type, call_id, output: outputOf(item['output']) }
  if (role === undefined) return { type }
  const { content } = item
  const parts: readonly unknown[] = Array.isArray(content) ? content : [{ text: content }]
  return { role, content: parts.map(essenceOfPart) }
}

function essenceOfPart(part: unknown): unknown {
  if (!isObject(part)) return part
  const { type, text, refusal, image_url: image } = part
  const json = 'json' in part ? { json: part['json'] } : {}
  if (typeof text === 'string') return { text, ...json }
  if (typeof refusal === 'string') return { text: refusal }
  if (type === 'input_image') return { image: isObject(image) ? image['url'] : image }
  const { annotations: _a, logprobs: _l, status: _s, detail: _d, id: _id, ...rest } = part
  return rest
}

/** An output may come as text or as a list of texts. */
function outputOf(output: unknown): unknown {
  if (!Array.isArray(output)) return parsed(output)
  const texts = output.map((part: unknown) => (isObject(part) ? part['text'] : undefined))
  return texts.every((text) => typeof text === 'string') ? parsed(texts.join('')) : output
}

function parsed(json: unknown): unknown {
  if (typeof json !== 'string') return json
  try {
    return JSON.parse(json)
  } catch {
    return json // text that is no JSON is itself
  }
}

/** Thoughts of the model are neither text of the conversation nor calls. */
function isTold(item: unknown): boolean {
  return !(isObject(item) && item['type'] === 'reasoning')
}

function isCallOrOutput(item: unknown): item is JsonObject {
  return isObject(item) && /^function_call(_output)?$/.test(String(item['type']))
}
