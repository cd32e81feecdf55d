const LONE_SURROGATES = /\p{Surrogate}/gu

/**
 * Text that Postgres, JSON and every client can hold: without NUL characters, and with the
 * replacement character where half of a surrogate pair stands alone.
 */
export function storableText(text: string): string {
  return text.replaceAll('\0', '').replace(LONE_SURROGATES, '\uFFFD')
}

// What `storableText` would change is written as an escape by `JSON.stringify`.
const UNSTORABLE_ESCAPE = /\\u(0000|d[89a-f])/i

/** The same for every string in a JSON value, names of properties included. */
export function storableJson(value: unknown): unknown {
  // Almost all values are fine as they are, and looking is cheaper than copying.
  return UNSTORABLE_ESCAPE.test(JSON.stringify(value) ?? '') ? replaceTexts(value) : value
}

/** The same for an object. */
export function storableRecord(value: Record<string, unknown>): Record<string, unknown> {
  return UNSTORABLE_ESCAPE.test(JSON.stringify(value)) ? replaceInRecord(value) : value
}

function replaceTexts(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value)
  if (Array.isArray(value)) return value.map(replaceTexts)
  if (typeof value !== 'object' || value === null) return value
  return replaceInRecord(value)
}

function replaceInRecord(value: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [storableText(key), replaceTexts(child)]),
  )
}
