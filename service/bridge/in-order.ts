/**
 * Takes values one after the other: at once, as long as nothing has to be waited for. What comes
 * in meanwhile waits here, so that whoever brings the values never has to: a stream of the SDK that
 * fails forgets what nobody has fetched yet.
 */
export class InOrder<Value extends object> {
  readonly #take: (value: Value) => Promise<void> | undefined
  readonly #waiting: Value[] = []
  #isBusy = false
  #failure: { readonly error: unknown } | undefined
  #settled: Promise<void> = Promise.resolve()

  constructor(take: (value: Value) => Promise<void> | undefined) {
    this.#take = take
  }

  /** Throws what an earlier value has failed with; then no other is taken. */
  add(value: Value): void {
    if (this.#failure) throw this.#failure.error
    if (this.#isBusy) {
      this.#waiting.push(value)
      return
    }
    const taken = this.#take(value)
    if (!taken) return
    this.#isBusy = true
    this.#settled = this.#continueAfter(taken)
  }

  /** Resolves when all values so far have been taken. */
  async settle(): Promise<void> {
    await this.#settled
    if (this.#failure) throw this.#failure.error
  }

  async #continueAfter(taken: Promise<void>): Promise<void> {
    try {
      await taken
      for (let value = this.#waiting.shift(); value; value = this.#waiting.shift()) {
        const next = this.#take(value)
        if (next) await next
      }
    } catch (error) {
      this.#failure = { error }
    }
    this.#isBusy = false
  }
}
