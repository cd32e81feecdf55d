import { z } from 'zod'
import type { ToolResult } from './demo-turn.ts'

const ROWS_MAX = 8
const COLUMNS_MAX = 3
const CELL_CHARS_MAX = 120
const TEXT_CHARS_MAX = 1_000

const JsonObject = z.record(z.string(), z.unknown())
const Rows = z.array(JsonObject.refine((value) => Object.keys(value).length > 0)).min(1)
const Moment = z.iso.datetime({ offset: true })

/**
 * What tools answered, in a few lines of markdown: an object as a list, a list of objects as a
 * table. What is only an echo of the arguments is left out, and so is what goes deeper.
 */
export function presentResults(results: readonly ToolResult[]): string {
  return results.map(presentResult).join('\n\n')
}

function presentResult({ name, arguments: given, output }: ToolResult): string {
  const parameters = Object.values(JsonObject.catch({}).parse(parseJson(given)))
  const known = new Set(parameters.flat().map(toText))
  const body = present(parseJson(output.trim()), known)
  if (body !== '') return `Here is what \`${name}\` says:\n\n${body}`
  const subject = [...known].filter((value) => value !== '').map((value) => `**${inline(value)}**`)
  const about = subject.length > 0 ? `: ${subject.join(', ')}` : ''
  return `\`${name}\` has done its work${about}.`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function present(value: unknown, known: ReadonlySet<string>): string {
  const rows = rowsIn(value)
  if (rows) return table(rows, known)
  if (Array.isArray(value)) return bullets(value.map((item) => inline(item)))
  const object = JsonObject.safeParse(value)
  if (!object.success) return toText(value).slice(0, TEXT_CHARS_MAX)
  const lines = Object.entries(flatten(object.data))
    .filter(([, field]) => isPlain(field) && !known.has(toText(field)))
    .map(([key, field]) => `**${label(key)}:** ${inline(field)}`)
  return bullets(lines)
}

/** A list of objects, or the only one in an object: what stands beside it is about the list. */
function rowsIn(value: unknown): z.infer<typeof Rows> | undefined {
  const fields = Object.values(JsonObject.catch({}).parse(value))
  const lists = [value, ...fields].flatMap((each) => Rows.safeParse(each).data ?? [])
  const isOne = [value, ...fields].filter((each) => Rows.safeParse(each).success).length === 1
  return isOne ? lists : undefined
}

/** An object in an object gives its fields to it, under names that say where they come from. */
function flatten(object: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(object).flatMap(([key, value]) => {
    const inner = JsonObject.safeParse(value)
    if (!inner.success) return [[key, value] as const]
    return Object.entries(inner.data).map(([name, field]) => [`${key} ${name}`, field] as const)
  })
  return Object.fromEntries(entries)
}

function bullets(lines: readonly string[]): string {
  const shown = lines.slice(0, ROWS_MAX).map((line) => `- ${line}`)
  return [...shown, ...more(lines.length)].join('\n')
}

function table(rows: readonly Record<string, unknown>[], known: ReadonlySet<string>): string {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((key) =>
    rows.some((row) => isPlain(row[key])),
  )
  const telling = keys.filter((key) => rows.some((row) => !known.has(toText(row[key]))))
  // The first column says which row it is, unless another one does.
  const names = telling.length > 1 ? telling : keys
  const columns = names.slice(0, COLUMNS_MAX)
  return [
    tableLine(columns.map(label)),
    tableLine(columns.map(() => '---')),
    ...rows.slice(0, ROWS_MAX).map((row) => tableLine(columns.map((key) => inline(row[key])))),
    ...more(rows.length),
  ].join('\n')
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

function more(count: number): string[] {
  return count > ROWS_MAX ? ['', `… and ${count - ROWS_MAX} more.`] : []
}

function label(key: string): string {
  const words = key
    .replace(/(\p{Ll})(\p{Lu})(?=\p{Ll})/gu, (_, end: string, start: string) => {
      return `${end} ${start.toLowerCase()}`
    })
    .replaceAll(/[_-]+/g, ' ')
  return inline(words.charAt(0).toUpperCase() + words.slice(1))
}

/** Neither an object nor a list that holds one. */
function isPlain(value: unknown): boolean {
  const parts = Array.isArray(value) ? value : [value]
  return parts.every((part) => typeof part !== 'object' || part === null)
}

/** A value on one line that cannot break a table. */
function inline(value: unknown): string {
  const line = toText(value).replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').trim()
  return line.length > CELL_CHARS_MAX ? `${line.slice(0, CELL_CHARS_MAX - 1)}…` : line
}

function toText(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return Moment.safeParse(value).success ? readable(value) : value
  if (Array.isArray(value) && isPlain(value)) return value.map(toText).join(', ')
  return JSON.stringify(value)
}

function readable(moment: string): string {
  const format = new Intl.DateTimeFormat('en', {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone: 'UTC',
  })
  return `${format.format(new Date(moment))} UTC`
}
