import type { Outcome } from './replay.ts'

const LINES_MAX = 10
const LINE_LENGTH_MAX = 500

/** What is said of something that failed: a short list of where it differs. */
export function describeFailure({ name, differences }: Outcome): string {
  const lines = differences.flatMap((one) => one.split('\n'))
  const shown = lines.slice(0, LINES_MAX).map((line) => `  ${line.slice(0, LINE_LENGTH_MAX)}`)
  if (lines.length > LINES_MAX) shown.push(`  … and ${lines.length - LINES_MAX} more`)
  return [`FAILED ${name}`, ...shown].join('\n')
}

export function summarise(outcomes: readonly Outcome[]): string {
  const failed = outcomes.filter(hasFailed).length
  return `${outcomes.length - failed} passed, ${failed} failed`
}

export function hasFailed({ differences }: Outcome): boolean {
  return differences.length > 0
}
