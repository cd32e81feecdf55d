import type { Logger } from '../log.ts'
import type { OnRefusal } from './authenticator.ts'

const LINES_MAX = 20
const WINDOW_MS = 60_000

export interface AuditOptions {
  readonly linesMax?: number
  readonly windowMs?: number
}

/** What is noted, and what the rest of a flood is called. */
export interface AuditKind {
  readonly message: string
  readonly rest: string
}

interface Window {
  lines: number
  untold: number
}

type Fields = Readonly<Record<string, unknown>>

/**
 * Lines of the log that say who has met a limit of what they may do. Those that have the same
 * source may be so many a minute, and then one counts the rest: a flood can neither fill the log
 * nor hide another.
 */
export class AuditTrail {
  readonly #log: Logger
  readonly #linesMax: number
  readonly #windowMs: number
  readonly #windows = new Map<string, Window>()

  constructor(log: Logger, { linesMax = LINES_MAX, windowMs = WINDOW_MS }: AuditOptions = {}) {
    this.#log = log
    this.#linesMax = linesMax
    this.#windowMs = windowMs
  }

  /** `source` is what lines have in common and the count of the rest is told with. */
  note({ message, rest }: AuditKind, source: Fields, fields: Fields): void {
    const key = JSON.stringify([message, source])
    const window = this.#windows.get(key) ?? this.#open(key, rest, source)
    if (window.lines >= this.#linesMax) {
      window.untold += 1
      return
    }
    window.lines += 1
    this.#log.warn({ ...fields, ...source }, message)
  }

  #open(key: string, rest: string, source: Fields): Window {
    const window = { lines: 0, untold: 0 }
    this.#windows.set(key, window)
    const close = () => {
      this.#windows.delete(key)
      if (window.untold > 0) this.#log.warn({ ...source, count: window.untold }, rest)
    }
    setTimeout(close, this.#windowMs).unref()
    return window
  }
}

const REFUSED_SIGN_IN = { message: 'sign-in refused', rest: 'more sign-ins refused' }

/**
 * Notes in the log who was not let in, and why: the class of the reason, and nothing of what was
 * shown.
 */
export function auditRefusals(log: Logger, options?: AuditOptions): OnRefusal {
  const trail = new AuditTrail(log, options)
  return ({ requestId, reason, pattern }) => {
    trail.note(REFUSED_SIGN_IN, { reason }, { request: requestId, pattern })
  }
}
