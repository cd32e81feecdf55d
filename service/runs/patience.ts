import { setTimeout as sleep } from 'node:timers/promises'
import { ServiceError } from '../errors.ts'

const FIRST_WAIT_MS = 100
const WAIT_MS_MAX = 2_000

/** How long an answer that nobody must lose waits for the database to come back. */
const PATIENCE_MS = 120_000
/** The same for a process that has to end: what is left then is folded up by another one. */
export const LAST_PATIENCE_MS = 4_000

/**
 * Repeats what failed only because the database was away, until it is back or patience ends.
 * `until`, a time of `performance.now()`, may end patience sooner, also while the work is repeated.
 * Whatever is given here must be safe to do twice: an answer may be lost after the work was done.
 */
export async function patiently<Result>(
  work: () => Promise<Result>,
  until: () => number = () => Infinity,
): Promise<Result> {
  const deadline = performance.now() + PATIENCE_MS
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, WAIT_MS_MAX)) {
    try {
      return await work()
    } catch (error) {
      const isAway = error instanceof ServiceError && error.code === 'database_unavailable'
      if (!isAway || performance.now() + waitMs > Math.min(deadline, until())) throw error
      await sleep(waitMs)
    }
  }
}
