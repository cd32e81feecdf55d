import cluster from 'node:cluster'
import type { Worker } from 'node:cluster'
import { once } from 'node:events'
import { join } from 'node:path'

const EARLY_MS = 5_000
const EARLY_DEATHS_MAX = 3
const STOP_MS = 10_000

export interface WorkersOptions {
  readonly count: number
  readonly environment: Readonly<Record<string, string>>
  readonly log: (line: string) => void
  /** Called when processes die as soon as they start. */
  readonly onHopeless: () => void
}

/** Processes that share one port. One that dies is replaced; a stop lets all of them end in peace. */
export class Workers {
  readonly #options: WorkersOptions
  #isStopping = false
  #earlyDeaths = 0

  constructor(options: WorkersOptions) {
    this.#options = options
    cluster.setupPrimary({ exec: join(import.meta.dirname, 'worker.ts') })
  }

  /** Resolves when all of them listen. */
  async start(): Promise<void> {
    const workers = Array.from({ length: this.#options.count }, () => this.#fork())
    await Promise.all(workers.map((worker) => once(worker, 'listening')))
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
    await Promise.all(workers.map(end))
  }

  #fork(): Worker {
    const worker = cluster.fork(this.#options.environment)
    const startedAt = Date.now()
    worker.on('exit', (code, signal) => {
      if (this.#isStopping) return
      this.#earlyDeaths = Date.now() - startedAt < EARLY_MS ? this.#earlyDeaths + 1 : 0
      if (this.#earlyDeaths >= EARLY_DEATHS_MAX) {
        this.#options.onHopeless()
        return
      }
      const how = signal ? `by ${signal}` : `with code ${code}`
      this.#options.log(`A process ended ${how}; another one takes its place.`)
      this.#fork()
    })
    return worker
  }
}

async function end(worker: Worker): Promise<void> {
  if (worker.isDead()) return
  const gone = once(worker, 'exit')
  const timer = setTimeout(() => worker.process.kill('SIGKILL'), STOP_MS)
  worker.process.kill('SIGTERM')
  await gone
  clearTimeout(timer)
}
