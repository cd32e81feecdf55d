import { isObject } from './json.ts'
import { TraceFault } from './placeholders.ts'
import type { RequestCase } from './trace-format.ts'

/** A body as it is sent, its abbreviations written out. */
export function bodyOf({ body, text, base64 }: RequestCase): string | Buffer {
  if (base64 !== undefined) return Buffer.from(base64, 'base64')
  return text ?? toJson(body)
}

// Written out piece by piece: what nests a thousand levels deep is too deep for JSON.stringify.
function toJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toJson).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value)
  const { $text: text, $list: list, $nest: depth } = value
  if (isRepeated(text)) return JSON.stringify(String(text.of).repeat(text.times))
  if (isRepeated(list)) return `[${Array<string>(list.times).fill(toJson(list.of)).join(',')}]`
  if (typeof depth === 'number') return '['.repeat(depth) + ']'.repeat(depth)
  const entries = Object.entries(value).map(([key, one]) => {
    if (key.startsWith('$')) throw new TraceFault(`${key}: unknown abbreviation`)
    return `${JSON.stringify(key)}:${toJson(one)}`
  })
  return `{${entries.join(',')}}`
}

function isRepeated(value: unknown): value is { readonly of: unknown; readonly times: number } {
  return isObject(value) && 'of' in value && typeof value['times'] === 'number'
}
