// Words that say nothing about the subject, among them the verbs that most tool names begin with.
const STOP_WORDS = new Set(
  (
    'a about add all also an and any are as ask at be been but by call can could create delete ' +
    'describe did do does each else example fetch find for from get give go had has have he hello ' +
    'her here hey hi him his how i if in into is it its just know let like list long look make ' +
    'many may me might more most much must my need no not now of off on once one only or other ' +
    'our out over please put return run said say see set she should show so some such take tell ' +
    'text than thank thanks that the their them then there these they thing this those to too ' +
    'tool understand up update use user using value very want was way we were what when where ' +
    'which who whom whose why will with within without would write you your yours'
  ).split(' '),
)

/** The words of a text or an identifier, lower-case and in singular, without stop words. */
export function significantWords(text: string): string[] {
  const spaced = text.replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2').toLowerCase()
  const words = spaced.match(/[\p{L}\p{N}]+/gu) ?? []
  return words.map(singular).filter((word) => !isStopWord(word))
}

export function isStopWord(word: string): boolean {
  return STOP_WORDS.has(word.toLowerCase().replace(/['’].*$/, ''))
}

function singular(word: string): string {
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`
  return word.length > 3 && /[^su]s$/.test(word) ? word.slice(0, -1) : word
}

/** Whether a text mentions a phrase as whole words; `_` and `-` count as spaces. */
export function mentions(text: string, phrase: string): boolean {
  return /[\p{L}\p{N}]/u.test(phrase) && spacedWords(text).includes(spacedWords(phrase))
}

function spacedWords(text: string): string {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  return ` ${words.join(' ')} `
}

/** What stands in double or curly quotes, in backticks, or between clearly quoting apostrophes. */
export function quotedIn(text: string): string[] {
  const found = text.matchAll(/"([^"]+)"|“([^”]+)”|`([^`]+)`|(?<![\p{L}\p{N}])'([^']+)'(?!\p{L})/gu)
  return Array.from(found, ([, ...groups]) => groups.find((group) => group !== undefined) ?? '')
}

/** Names such as "New York" that follow a preposition. */
export function namesIn(text: string): string[] {
  const found = text.matchAll(
    /\b(?:about|at|for|from|in|near|of|to|and|or)\s+(\p{Lu}[\p{L}\p{N}'’-]*(?:\s+\p{Lu}[\p{L}\p{N}'’-]*)*)/gu,
  )
  return Array.from(found, (match) => match[1] ?? '')
}

const SENTENCES_MAX = 5
const SENTENCES_CHARS_MAX = 2_000

/** The first sentences of a text, if there are several; "…, then …" begins one too. */
export function sentencesIn(text: string): string[] {
  const parts = text.slice(0, SENTENCES_CHARS_MAX).split(/(?<=[.!?;])\s+|\n+|,? (?:and )?then /i)
  return parts.length > 1 ? parts.slice(0, SENTENCES_MAX) : []
}

/** The pieces between spaces, without the punctuation around them. */
export function tokensOf(text: string): string[] {
  return text
    .split(/\s+/)
    .map((token) => token.replace(/^[^\p{L}\p{N}#@+/_-]+|[^\p{L}\p{N}_/-]+$/gu, ''))
    .filter((token) => token !== '')
}

/**
 * The same number for the same text: what stands in for chance, so that answers can be repeated.
 */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5 // FNV-1a, 32 bits
  for (const character of text) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0
  }
  return hash
}
