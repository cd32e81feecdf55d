/**
 * The end of a local start, in order: what was added last ends first, so the service, which still
 * writes, before its database. Begins by itself when this process is told to end.
 */
export class Ending {
  readonly #closers: (() => Promise<void> | undefined)[] = []
  #work: Promise<unknown> = Promise.resolve()
  #hasBegun = false

  constructor(say: (line: string) => void) {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (!this.#hasBegun) say('\nStopping …')
        void this.begin(0)
      })
    }
  }

  get hasBegun(): boolean {
    return this.#hasBegun
  }

  /** Adds something that has to be closed; before everything that is there already. */
  add(close: () => Promise<void> | undefined): void {
    this.#closers.unshift(close)
  }

  /** Lets something come to its end before everything else does. It may still add to this. */
  protect<Result>(work: Promise<Result>): Promise<Result> {
    this.#work = work
    return work
  }

  /** Ends everything, and this process with `code`. Harmless when repeated. */
  async begin(code: number): Promise<void> {
    if (this.#hasBegun) return
    this.#hasBegun = true
    await Promise.allSettled([this.#work])
    await this.close()
    process.exit(code)
  }

  /** Ends everything but this process. */
  async close(): Promise<void> {
    for (const close of this.#closers.splice(0)) await close()
  }
}
