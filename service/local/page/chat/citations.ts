import type { Annotation, Source } from '../wire/items.ts'

/** A source of an answer, with the number that its marks in the text bear. */
export interface Citation {
  readonly number: number
  readonly source: Source
}

/** The sources of an answer, each once, numbered in the order in which they first appear. */
export function citationsOf(annotations: readonly Annotation[]): Citation[] {
  const inOrder = annotations.toSorted((a, b) => (a.index ?? Infinity) - (b.index ?? Infinity) || 0)
  const once = new Map(
    inOrder.flatMap(({ source }) => (source ? [[keyOf(source), source] as const] : [])),
  )
  return [...once.values()].map((source, index) => ({ number: index + 1, source }))
}

// A mark begins with punctuation, as Markdown decides by the next character what `**` means, and
// goes on with a character that no text has (those that a text has are taken out).
const SENTINEL = '\uE000'
const MARK = /\u27E6\uE000(\d+)\u27E7/g

/** The text with a mark where each annotation points to. One without a place has no mark. */
export function withMarks(
  text: string,
  annotations: readonly Annotation[],
  citations: readonly Citation[],
): string {
  const clean = text.replaceAll(SENTINEL, ' ')
  const numbers = new Map(citations.map(({ number, source }) => [keyOf(source), number]))
  const marks = new Map<number, Set<number>>()
  for (const { index, source } of annotations) {
    const number = source && numbers.get(keyOf(source))
    if (index === undefined || number === undefined) continue
    const at = placeFor(clean, index)
    marks.set(at, (marks.get(at) ?? new Set()).add(number))
  }
  let marked = ''
  let end = 0
  for (const at of [...marks.keys()].toSorted((a, b) => a - b)) {
    const here = [...(marks.get(at) ?? [])].map((number) => `\u27E6${SENTINEL}${number}\u27E7`)
    marked += clean.slice(end, at) + here.join('')
    end = at
  }
  return marked + clean.slice(end)
}

/** Takes the marks out of a text, and returns both. */
export function takeMarks(text: string): { readonly text: string; readonly marks: string } {
  const marks = [...text.matchAll(MARK)].map(([mark]) => mark).join('')
  return { text: text.replaceAll(MARK, ''), marks }
}

/** Draws the marks of a text: `draw` is told the number of each. */
export function replaceMarks(text: string, draw: (number: number) => string): string {
  return text.replaceAll(MARK, (_, number: string) => draw(Number(number)))
}

// Behind a line, and behind a row of a table, a mark would begin a paragraph of its own.
function placeFor(text: string, index: number): number {
  let at = Math.min(index, text.length)
  while (at > 0 && /[\s|]/.test(text[at - 1] ?? '')) at--
  return at
}

function keyOf(source: Source): string {
  if (source.type === 'url') return `url ${source.url}`
  return source.type === 'file' ? `file ${source.filename}` : `entity ${source.id}`
}
