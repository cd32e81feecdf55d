import { createLog } from '../../service/log.ts'
import type { Logger } from '../../service/log.ts'

/** One line of the log, read back. */
export interface LogLine {
  readonly msg: string
  readonly [field: string]: unknown
}

/** A log that a test can read, of everything down to the least. */
export class LogBuffer {
  readonly log: Logger
  #text = ''

  constructor() {
    this.log = createLog('debug', { write: (line: string) => void (this.#text += line) })
  }

  get text(): string {
    return this.#text
  }

  /** The lines with this message; throws when one of them is not JSON on a line of its own. */
  lines(message: string): LogLine[] {
    const lines = this.#text.split('\n').filter((line) => line !== '')
    return lines.map((line): LogLine => JSON.parse(line)).filter((line) => line.msg === message)
  }
}
