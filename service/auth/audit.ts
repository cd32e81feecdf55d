import type { Logger } from '../log.ts'
import type { OnRefusal } from './authenticator.ts'
import type { RefusalReason } from './refusal.ts'

const LINES_MAX = 20
const WINDOW_MS = 60_000

interface Window {
  lines: number
  untold: number
}

export interface AuditOptions {
  readonly linesMax?: number
  readonly windowMs?: number
}

/**
 * Notes in the log who was not let in, and why: the class of the reason, and nothing of what was
 * shown. Each reason has so many lines a minute, and then one that counts the rest: a flood of one
 * kind can neither fill the log nor hide another kind.
 */
export function auditRefusals(log: Logger, options: AuditOptions = {}): OnRefusal {
  const { linesMax = LINES_MAX, windowMs = WINDOW_MS } = options
  const windows = new Map<RefusalReason, Window>()

  function endWindow(reason: RefusalReason): void {
    const untold = windows.get(reason)?.untold ?? 0
    windows.delete(reason)
    if (untold > 0) log.warn({ reason, count: untold }, 'more sign-ins refused')
  }

  return ({ requestId, reason, pattern }) => {
    let window = windows.get(reason)
    if (!window) {
      window = { lines: 0, untold: 0 }
      windows.set(reason, window)
      setTimeout(endWindow, windowMs, reason).unref()
    }
    if (window.lines >= linesMax) {
      window.untold += 1
      return
    }
    window.lines += 1
    log.warn({ request: requestId, reason, pattern }, 'sign-in refused')
  }
}
