import type { Site } from './site.ts'

/** What one look at a deployment has brought to light. */
export type Finding =
  | { readonly result: 'passed' | 'failed'; readonly saw: string }
  /** It does not apply, or cannot be told. */
  | { readonly result: 'skipped'; readonly saw: string }

/** One line of the report. */
export interface Check {
  /** Of the part and the check, such as `sign-in.expired`. */
  readonly id: string
  readonly title: string
  /** What to do when it fails. */
  readonly remedy: string
  /** Checks that have to pass before this one means anything. */
  readonly after?: readonly string[]
  readonly run: (site: Site) => Promise<Finding>
}

/** Checks that belong together, in the order in which they are made. */
export interface Part {
  /** As `--only` takes it. */
  readonly name: string
  readonly title: string
  readonly checks: readonly Check[]
}

export function passed(saw: string): Finding {
  return { result: 'passed', saw }
}

export function failed(saw: string): Finding {
  return { result: 'failed', saw }
}

export function skipped(why: string): Finding {
  return { result: 'skipped', saw: why }
}

const FAULTS_SHOWN_MAX = 3

/** Passed if there are no faults; or else failed, with the first few of them. */
export function judge(faults: readonly string[], saw: string): Finding {
  if (faults.length === 0) return passed(saw)
  const rest = faults.length - FAULTS_SHOWN_MAX
  const more = rest > 0 ? `; and ${rest} more` : ''
  return failed(`${faults.slice(0, FAULTS_SHOWN_MAX).join('; ')}${more}`)
}
