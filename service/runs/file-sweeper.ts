import type { Logger } from '../log.ts'
import type { Attachments } from '../store/attachments.ts'

const SWEEP_MS = 2_000
const FORGOTTEN_MS = 60_000

export interface FileSweeperParts {
  readonly attachments: Attachments
  readonly log: Logger
}

/**
 * Deletes the content of attachments that are gone, whichever process saw them go. What cannot be
 * deleted stays on the list of the database and is tried again.
 */
export class FileSweeper {
  readonly #parts: FileSweeperParts
  readonly #timer: NodeJS.Timeout
  #current: Promise<void> | undefined
  #forgottenAt = Date.now() + FORGOTTEN_MS
  #closed = false

  constructor(parts: FileSweeperParts) {
    this.#parts = parts
    this.#timer = setInterval(() => this.#tick(), SWEEP_MS)
    this.#timer.unref()
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    await this.#current
  }

  #tick(): void {
    if (this.#current) return
    this.#current = this.#round().finally(() => {
      this.#current = undefined
    })
  }

  async #round(): Promise<void> {
    const { attachments, log } = this.#parts
    try {
      if (Date.now() >= this.#forgottenAt) {
        this.#forgottenAt = Date.now() + FORGOTTEN_MS
        await attachments.removeForgotten()
      }
      while (!this.#closed && (await attachments.sweep()));
    } catch (error) {
      log.warn({ err: error }, 'sweep of attachments failed')
    }
  }
}
