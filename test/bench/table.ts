import { median } from './statistics.ts'

/** One line of the report: what was measured, against what, and whether it is good enough. */
export interface Row {
  readonly what: string
  /** As measured, with their units. */
  readonly ours: string
  readonly other: string
  /** The figure that the bar is about. */
  readonly figure: string
  readonly bar: string
  /** Undefined where there is no bar. */
  readonly passed: boolean | undefined
}

export interface Comparison {
  /** Of each round. */
  readonly ours: readonly number[]
  readonly other: readonly number[]
  readonly unit: string
  readonly atMost?: number
}

/** A row about a ratio, the median of those of the rounds: both were disturbed alike. */
export function ratioRow(what: string, { ours, other, unit, atMost }: Comparison): Row {
  const ratio = median(ours.map((value, index) => value / (other[index] ?? NaN)))
  return {
    what,
    ours: `${round(median(ours))} ${unit}`,
    other: `${round(median(other))} ${unit}`,
    figure: `${ratio.toFixed(2)}×`,
    bar: atMost === undefined ? '' : `≤ ${atMost}×`,
    passed: atMost === undefined ? undefined : ratio <= atMost,
  }
}

/** A row about what we add to another figure. */
export function addedRow(
  what: string,
  { ours, other, unit, atMost }: { ours: number; other: number; unit: string; atMost: number },
): Row {
  const added = ours - other
  return {
    what,
    ours: `${round(ours)} ${unit}`,
    other: `${round(other)} ${unit}`,
    figure: `+${round(added)} ${unit}`,
    bar: `≤ +${atMost} ${unit}`,
    passed: added <= atMost,
  }
}

const HEAD = { what: '', ours: 'ours', other: 'against', figure: 'figure', bar: 'bar' }
const COLUMNS = ['what', 'ours', 'other', 'figure', 'bar'] as const

/** The rows as a table in Markdown, which is a table on a terminal as well. */
export function toTable(rows: readonly Row[]): string {
  const lines = [
    { ...HEAD, mark: '' },
    ...rows.map((row) => ({ ...row, mark: markOf(row.passed) })),
  ]
  const widths = COLUMNS.map((column) => Math.max(...lines.map((line) => line[column].length), 3))
  const texts = lines.map((line) => {
    const cells = COLUMNS.map((column, index) => line[column].padEnd(widths[index] ?? 0))
    return `| ${cells.join(' | ')} | ${line.mark.padEnd(3)} |`
  })
  const rule = `| ${[...widths, 3].map((width) => '-'.repeat(width)).join(' | ')} |`
  return [texts[0], rule, ...texts.slice(1)].join('\n')
}

function markOf(passed: boolean | undefined): string {
  if (passed === undefined) return ''
  return passed ? '✓' : '✗'
}

/** Three digits that count. */
export function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}
