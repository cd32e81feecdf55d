import { z } from 'zod'
import type { ToolResult } from './demo-turn.ts'

const ROWS_MAX = 20
const COLUMNS_MAX = 6
const CELL_CHARS_MAX = 120
const DEPTH_MAX = 3

const JsonObject = z.record(z.string(), z.unknown())
const Row = JsonObject.refine((value) => Object.keys(value).length > 0)
const Rows = z.array(Row).min(1)

/** What tools answered, as markdown: objects as lists, lists of objects as tables. */
export function presentResults(results: readonly ToolResult[]): string {
  return results.map(presentResult).join('\n\n')
}

function presentResult(result: ToolResult): string {
  const parameters = Object.values(JsonObject.catch({}).parse(parseJson(result.arguments)))
    .filter((value) => value !== null)
    .map((value) => `**${inline(value)}**`)
  const subject = parameters.length > 0 ? ` for ${parameters.join(', ')}` : ''
  const output = result.output.trim()
  if (output === '' || output === '{}' || output === 'null') {
    return `\`${result.name}\` has done its work${subject} and had nothing to add.`
  }
  return `Here is what \`${result.name}\` says${subject}:\n\n${present(parseJson(output), 0)}`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function present(value: unknown, depth: number): string {
  const rows = Rows.safeParse(value)
  if (rows.success) return table(rows.data)
  if (Array.isArray(value)) return bullets(value.map((item) => inline(item)))
  const object = JsonObject.safeParse(value)
  return object.success ? list(object.data, depth) : String(value)
}

/** Plain values first, so that no heading of a nested value claims them. */
function list(object: Record<string, unknown>, depth: number): string {
  const entries = Object.entries(object)
  const plain = entries.filter(([, value]) => !isNested(value) || depth >= DEPTH_MAX)
  const nested = entries.filter(([, value]) => isNested(value) && depth < DEPTH_MAX)
  return [
    bullets(plain.map(([key, value]) => `**${label(key)}:** ${inline(value)}`)),
    ...nested.map(([key, value]) => `**${label(key)}**\n\n${present(value, depth + 1)}`),
  ]
    .filter((block) => block !== '')
    .join('\n\n')
}

function isNested(value: unknown): boolean {
  return JsonObject.safeParse(value).success || Rows.safeParse(value).success
}

function bullets(lines: readonly string[]): string {
  const shown = lines.slice(0, ROWS_MAX).map((line) => `- ${line}`)
  return [...shown, ...more(lines.length)].join('\n')
}

function table(rows: readonly Record<string, unknown>[]): string {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))].slice(0, COLUMNS_MAX)
  return [
    tableLine(keys.map(label)),
    tableLine(keys.map(() => '---')),
    ...rows.slice(0, ROWS_MAX).map((row) => tableLine(keys.map((key) => inline(row[key] ?? '')))),
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
  const words = key.replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2').replaceAll(/[_-]+/g, ' ')
  return inline(words.charAt(0).toUpperCase() + words.slice(1))
}

/** A value on one line that cannot break a table. */
function inline(value: unknown): string {
  const isPlainList = Array.isArray(value) && value.every((item) => typeof item !== 'object')
  const text = typeof value === 'string' ? value : isPlainList ? value.join(', ') : toJson(value)
  const line = text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').trim()
  return line.length > CELL_CHARS_MAX ? `${line.slice(0, CELL_CHARS_MAX - 1)}…` : line
}

function toJson(value: unknown): string {
  return JSON.stringify(value) ?? ''
}
