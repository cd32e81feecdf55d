import type { LocalPostgres } from './postgres.ts'
import type { Workers } from './workers.ts'

/**
 * The end of a local start, in order: first the service, which still writes, then its database.
 * Begins by itself when this process is told to end.
 */
export class Ending {
  readonly #workers: Workers
  readonly #postgres: LocalPostgres | undefined
  #work: Promise<unknown> = Promise.resolve()
  #hasBegun = false

  constructor(workers: Workers, postgres: LocalPostgres | undefined, say: (line: string) => void) {
    this.#workers = workers
    this.#postgres = postgres
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

  /** Lets something come to its end before everything else does. */
  protect<Result>(work: Promise<Result>): Promise<Result> {
    this.#work = work
    return work
  }

  /** Ends everything, and this process with `code`. Harmless when repeated. */
  async begin(code: number): Promise<void> {
    if (this.#hasBegun) return
    this.#hasBegun = true
    await Promise.allSettled([this.#work])
    await this.#workers.stop()
    await this.#postgres?.stop()
    process.exit(code)
  }
}
