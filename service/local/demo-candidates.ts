import type { JsonSchema } from './demo-schema.ts'
import { timeZonesIn } from './demo-time-zones.ts'
import {
  isStopWord,
  mentions,
  namesIn,
  quotedIn,
  significantWords,
  tokensOf,
} from './demo-words.ts'

/** Where values come from. */
export interface Source {
  readonly text: string
  /** Words of what the values are for, which are no values themselves. */
  readonly subject: ReadonlySet<string>
  /** Stands in for a text that could be anything. */
  readonly phrase: string
}

/** Whether any text will do for a string. */
export function isFree(schema: JsonSchema): boolean {
  return schema.pattern === undefined && schema.format === undefined && schema.enum === undefined
}

/** Strings that look like a name, the number of something, or were put in quotes. */
export function clearStrings(source: Source, schema: JsonSchema, name: string): string[] {
  const about = `${name} ${schema.description ?? ''}`
  const tokens = valueTokens(source)
  const zones = /time.?zone|\biana\b/i.test(about) ? timeZonesIn(source.text) : []
  if (zones.length > 0) return zones
  const wantsCode = !isFree(schema) || /(?:id|number|code|key)$/i.test(name)
  const found = [
    ...(wantsCode ? tokens.filter((token) => /\d|[@/_#]|\p{L}-\p{L}/u.test(token)) : []),
    ...quotedIn(source.text),
    ...quotedIn(about).filter((example) => mentions(source.text, example)),
    ...namesIn(source.text),
    ...(isFree(schema) ? [] : tokens.filter((token) => /^\p{Lu}{2,}$/u.test(token))),
  ]
  // A pattern tells what fits, so "from A to B" only has to be read from left to right.
  const { text } = source
  return isFree(schema) ? found : found.toSorted((a, b) => text.indexOf(a) - text.indexOf(b))
}

/** Any other word, for a pattern that it happens to match; in capitals if nothing else does. */
export function vagueStrings(source: Source): string[] {
  const words = valueTokens(source).filter((token) => !isStopWord(token))
  return [...words, ...words.map((word) => word.toUpperCase())]
}

export function numbersIn(text: string): number[] {
  const found = text.matchAll(/(?<![\w.-])-?\d+(?:\.\d+)?(?![\w-])/g)
  return Array.from(found, ([digits]) => Number(digits))
}

/** Numbers that the schema itself suggests. */
export function numbersOf(schema: JsonSchema): number[] {
  const described = numbersIn(schema.description ?? '')
  const { minimum = 0, exclusiveMinimum = 0, maximum = 0 } = schema
  return [...described, 1, minimum, exclusiveMinimum + 1, maximum]
}

function valueTokens({ text, subject }: Source): string[] {
  return tokensOf(text).filter(
    (token) => !significantWords(token).some((word) => subject.has(word)),
  )
}
