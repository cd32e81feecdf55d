import { ServiceError } from '../errors.ts'

export interface SilenceOptions {
  readonly silenceMs: number
  /** Whether somebody else is at work, such as a tool: then silence is no sign of anything. */
  readonly isBusy: () => boolean
  /** Told once, when the source is given up. */
  readonly onSilence: () => void
}

/** Gives up a source that says nothing for longer than `silenceMs`. */
export class SilenceWatch {
  readonly #givenUp = Promise.withResolvers<never>()
  readonly #timer: NodeJS.Timeout
  #isOver = false

  constructor({ silenceMs, isBusy, onSilence }: SilenceOptions) {
    // One timer for all that is said, pushed ahead each time: a timer each would cost more than
    // all the rest.
    this.#timer = setInterval(() => {
      if (isBusy()) return
      this.#end()
      this.#givenUp.reject(new ServiceError('model_silent'))
      onSilence()
    }, silenceMs)
    // It may be over before anybody waits for it.
    this.#givenUp.promise.catch(() => undefined)
  }

  /** Whether what the source says now comes too late. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** The source has said something. */
  heard(): void {
    this.#timer.refresh()
  }

  /**
   * Waits until the source has been listened to, or is given up. One that is given up is not waited
   * for: it may never answer.
   *
   * @throws ServiceError `model_silent`
   */
  async over(listening: Promise<void>): Promise<void> {
    try {
      await Promise.race([listening, this.#givenUp.promise])
    } finally {
      this.#end()
    }
  }

  #end(): void {
    this.#isOver = true
    clearInterval(this.#timer)
  }
}
