import { isObject } from './json.ts'

/** Shorter words may be part of anything. */
const LENGTH_MIN = 4

/**
 * Words that must never reach a client: of failures inside, of exceptions, of the provider. What a
 * trace shows or sends itself is no secret.
 */
export class InnerWords {
  readonly #words: readonly string[]

  constructor(words: Iterable<string>, shown: unknown) {
    const known = JSON.stringify(shown)
    this.#words = [...new Set(words)].filter(
      (word) => word.length >= LENGTH_MIN && !known.includes(inJson(word)),
    )
  }

  /** What of it an answer gives away. */
  leaksIn(text: string): string[] {
    return this.#words
      .filter((word) => text.includes(inJson(word)))
      .map((word) => `an inner word has leaked: ${JSON.stringify(word)}`)
  }
}

/** The messages of failures that are written in a script. */
export function* raisedIn(script: unknown): Generator<string> {
  if (Array.isArray(script)) for (const one of script) yield* raisedIn(one)
  if (!isObject(script)) return
  const { $raise: kind, message } = script
  if (kind !== undefined && kind !== 'custom' && typeof message === 'string') yield message
  for (const one of Object.values(script)) yield* raisedIn(one)
}

/** Every text under one of these keys, at any depth. */
export function* textsUnder(keys: ReadonlySet<string>, value: unknown): Generator<string> {
  if (Array.isArray(value)) for (const one of value) yield* textsUnder(keys, one)
  if (!isObject(value)) return
  for (const [key, one] of Object.entries(value)) {
    if (keys.has(key) && typeof one === 'string') yield one
    yield* textsUnder(keys, one)
  }
}

function inJson(word: string): string {
  return JSON.stringify(word).slice(1, -1)
}
