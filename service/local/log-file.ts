import { appendFileSync } from 'node:fs'
import { reasonOf } from './local-error.ts'

/**
 * A log that is appended to. While its disk is full, or something else is wrong with it, lines are
 * lost, which is said once: nothing ends because of it, and what is written later is there again.
 */
export class LogFile {
  readonly #path: string
  readonly #say: (line: string) => void
  #isLosing = false

  constructor(path: string, say: (line: string) => void) {
    this.#path = path
    this.#say = say
  }

  write(text: string): void {
    try {
      appendFileSync(this.#path, text)
      this.#isLosing = false
    } catch (error) {
      if (!this.#isLosing) {
        this.#say(`The log ${this.#path} cannot be written, so lines are lost: ${reasonOf(error)}.`)
      }
      this.#isLosing = true
    }
  }
}
