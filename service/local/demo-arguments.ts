import { clearStrings, isFree, numbersIn, numbersOf, vagueStrings } from './demo-candidates.ts'
import type { Source } from './demo-candidates.ts'
import { JsonSchema, checkOf } from './demo-schema.ts'
import { mentions, quotedIn, significantWords } from './demo-words.ts'

const ITEMS_MAX = 10
const TEXT_CHARS_MAX = 2_000
const ANY_WORD = 'abcdefgh' // a pattern that this matches says too little about a word

export interface Filled {
  readonly value: unknown
  /** The values that come from the text and could hardly mean anything else. */
  readonly evidence: readonly unknown[]
}

export interface FillOptions {
  readonly text: string
  /** What the value is for: the words of this are no values themselves. */
  readonly subject: string
  /** What to put where any text will do. @default the whole text */
  readonly phrase?: string
}

/**
 * Makes up a value for a schema from what a text says, or returns undefined if none would be valid.
 *
 * What the text does not say is left out where null is allowed, and taken from the examples in the
 * descriptions otherwise.
 */
export function fillFromText(schema: unknown, options: FillOptions): Filled | undefined {
  const parsed = JsonSchema.safeParse(schema)
  if (!parsed.success) return undefined
  const text = options.text.slice(0, TEXT_CHARS_MAX)
  const subject = new Set(significantWords(options.subject))
  const filler = new Filler({ text, subject, phrase: options.phrase ?? text.trim() })
  const value = filler.fill(parsed.data, '')
  if (value === undefined || !checkOf(parsed.data)(value)) return undefined
  return { value, evidence: filler.evidence }
}

class Filler {
  readonly evidence: unknown[] = []
  readonly #source: Source
  readonly #used = new Set<unknown>()

  constructor(source: Source) {
    this.#source = source
  }

  fill(schema: JsonSchema, name: string): unknown {
    const found = this.#find(schema, name) ?? this.#guess(schema)
    if (found !== undefined) return found
    return checkOf(schema)(null) ? null : this.#invent(schema, name)
  }

  /** A value that the text gives. */
  #find(schema: JsonSchema, name: string): unknown {
    const choices = schema.anyOf ?? schema.oneOf
    if (choices) return firstOf(choices, (choice) => this.#find(inherit(schema, choice), name))
    const { text } = this.#source
    if (schema.enum) return this.#takeClear(schema, schema.enum.filter(isSaidIn(text)))
    if (hasType(schema, 'object')) return this.#findObject(schema)
    if (hasType(schema, 'array')) return this.#findArray(schema, name)
    if (hasType(schema, 'boolean')) return findBoolean(text, name)
    if (hasType(schema, 'number', 'integer')) return this.#take(schema, numbersIn(text))
    if (!hasType(schema, 'string')) return undefined
    return this.#takeClear(schema, clearStrings(this.#source, schema, name))
  }

  #takeClear(schema: JsonSchema, values: readonly unknown[]): unknown {
    const value = this.#take(schema, values)
    if (value !== undefined && !isFree(schema)) this.evidence.push(value)
    return value
  }

  /** The first valid value that no other parameter has, so that "from A to B" fills two of them. */
  #take(schema: JsonSchema, values: readonly unknown[]): unknown {
    const accepts = checkOf(schema)
    const found = values.find((value) => !this.#used.has(value) && accepts(value))
    if (found !== undefined) this.#used.add(found)
    return found
  }

  #findObject(schema: JsonSchema): unknown {
    const usedBefore = this.#used.size
    const value = this.#makeObject(schema)
    return this.#used.size > usedBefore ? value : undefined
  }

  #makeObject(schema: JsonSchema): unknown {
    const value: Record<string, unknown> = {}
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      const required = schema.required?.includes(name) ?? false
      const filled = required ? this.fill(property, name) : this.#find(property, name)
      if (filled !== undefined) value[name] = filled
      else if (required) return undefined
    }
    return value
  }

  #findArray(schema: JsonSchema, name: string): unknown {
    if (!schema.items) return undefined
    const items = inherit(schema, schema.items)
    const found: unknown[] = []
    while (found.length < Math.min(schema.maxItems ?? ITEMS_MAX, ITEMS_MAX)) {
      const item = this.#find(items, name)
      if (item === undefined || found.includes(item)) break
      found.push(item)
    }
    return found.length >= Math.max(schema.minItems ?? 0, 1) ? found : undefined
  }

  /** A word of the text that matches a pattern, or capitals of it that do. */
  #guess(schema: JsonSchema): unknown {
    const isLoose = checkOf(schema)(ANY_WORD)
    if (schema.pattern === undefined || isLoose) return undefined
    return this.#take(schema, vagueStrings(this.#source))
  }

  /** A value that the schema itself suggests. */
  #invent(schema: JsonSchema, name: string): unknown {
    if (schema.const !== undefined) return schema.const
    const choices = schema.anyOf ?? schema.oneOf
    if (choices) return firstOf(choices, (choice) => this.#invent(inherit(schema, choice), name))
    if (hasType(schema, 'object')) return this.#makeObject(schema)
    if (hasType(schema, 'array')) return schema.default ?? this.#inventArray(schema, name)
    const accepts = checkOf(schema)
    return [
      schema.default,
      ...(schema.examples ?? []),
      ...quotedIn(schema.description ?? ''),
      ...(schema.enum ?? []),
      ...(hasType(schema, 'boolean') ? [false] : []),
      ...(hasType(schema, 'number', 'integer') ? numbersOf(schema) : []),
      ...(hasType(schema, 'string') ? [this.#source.phrase.slice(0, schema.maxLength)] : []),
    ].find((value) => value !== undefined && accepts(value))
  }

  #inventArray(schema: JsonSchema, name: string): unknown {
    if ((schema.minItems ?? 0) === 0) return []
    if (!schema.items) return undefined
    const items = inherit(schema, schema.items)
    const item = this.#guess(items) ?? this.#invent(items, name)
    return item === undefined ? undefined : [item]
  }
}

function hasType(schema: JsonSchema, ...types: readonly string[]): boolean {
  const own = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? [])
  return own.some((type) => types.includes(type))
}

/** A description often stands at the array or the choice instead of its parts. */
function inherit(outer: JsonSchema, inner: JsonSchema): JsonSchema {
  if (outer.description === undefined) return inner
  return { ...inner, description: `${inner.description ?? ''} ${outer.description}` }
}

function firstOf<T>(values: readonly T[], find: (value: T) => unknown): unknown {
  for (const value of values) {
    const found = find(value)
    if (found !== undefined) return found
  }
  return undefined
}

function isSaidIn(text: string): (value: unknown) => boolean {
  const numbers = numbersIn(text)
  return (value) =>
    typeof value === 'string'
      ? mentions(text, value)
      : typeof value === 'number' && numbers.includes(value)
}

/** True when the text names the switch, unless it does so after a "no" or "without". */
function findBoolean(text: string, name: string): boolean | undefined {
  const words = significantWords(name)
  if (words.length === 0 || !mentions(text, words.join(' '))) return undefined
  const before = text.toLowerCase().split(words[0] ?? '')[0] ?? ''
  return !/\b(?:no|not|without|don't)\b[^.!?]*$/.test(before)
}
