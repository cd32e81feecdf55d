import type { Finding, Part } from './check.ts'

/** A check and what came of it. */
export type Row = Finding & {
  readonly part: string
  readonly id: string
  readonly title: string
  readonly remedy: string
}

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

const MARKS = { passed: '✓', failed: '✗', skipped: '–' } as const

/** One line: what was looked at, what was seen, and what to do if that is wrong. */
export function lineOf({ result, title, saw, remedy }: Row): string {
  const what = `  ${MARKS[result]} ${title}: ${saw}`
  return result === 'failed' && remedy !== '' ? `${what}. To do: ${remedy}` : what
}

export function headingOf({ title, name }: Part): string {
  return `\n${title} (${name})`
}

export function countOf(rows: readonly Row[]): Counts {
  const of = (result: Row['result']) => rows.filter((row) => row.result === result).length
  return { passed: of('passed'), failed: of('failed'), skipped: of('skipped') }
}

export function summaryOf(rows: readonly Row[]): string {
  const { passed, failed, skipped } = countOf(rows)
  const verdict = failed === 0 ? 'Nothing is wrong that can be seen from here' : `${failed} failed`
  return `\n${verdict}: ${passed} ✓, ${failed} ✗, ${skipped} –.`
}

/** The same for programs. */
export function jsonOf(url: string, rows: readonly Row[]): string {
  const checks = rows.map(({ id, part, title, result, saw, remedy }) => ({
    id,
    part,
    title,
    result,
    saw,
    ...(result === 'failed' ? { remedy } : {}),
  }))
  return JSON.stringify({ url, ...countOf(rows), checks }, undefined, 2)
}

export interface Progress {
  (title: string, done: number): void
}

/**
 * Says on a terminal what is being looked at, on a line that the next output takes the place of.
 */
export function progressOn(stream: NodeJS.WriteStream, total: number): Progress {
  if (!stream.isTTY) return () => undefined
  return (title, done) => {
    stream.write(title === '' ? '\r\u001B[K' : `\r\u001B[K  … ${done} of ${total}: ${title}`)
  }
}
