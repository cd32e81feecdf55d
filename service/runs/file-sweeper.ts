import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../log.ts'
import type { Attachments } from '../store/attachments.ts'

const SWEEP_MS = 2_000
const FORGOTTEN_MS = 60_000
const CLOSE_MS = 2_000

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
  #forgottenAt = performance.now() + FORGOTTEN_MS
  readonly #closing = new AbortController()

  constructor(parts: FileSweeperParts) {
    this.#parts = parts
    this.#timer = setInterval(() => this.#tick(), SWEEP_MS)
    this.#timer.unref()
  }

  /**
   * What it is at work on may take longer than there is time: then another process does it again.
   */
  async close(): Promise<void> {
    this.#closing.abort()
    clearInterval(this.#timer)
    await Promise.race([this.#current, sleep(CLOSE_MS, undefined, { ref: false })])
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
      if (performance.now() >= this.#forgottenAt) {
        this.#forgottenAt = performance.now() + FORGOTTEN_MS
        await attachments.removeForgotten()
      }
      const { signal } = this.#closing
      while (await attachments.sweep(signal));
    } catch (error) {
      log.warn({ err: error }, 'sweep of attachments failed')
    }
  }
}
