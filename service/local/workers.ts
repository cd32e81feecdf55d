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
  /** @default the service */
  readonly program?: string
}

/**
 * Processes that share one port. One that dies is replaced; a stop lets all of them end in peace.
 */
export class Workers {
  readonly #options: WorkersOptions
  #isStopping = false
  #earlyDeaths = 0

  constructor(options: WorkersOptions) {
    this.#options = options
    const { program = join(import.meta.dirname, 'worker.ts') } = options
    cluster.setupPrimary({ exec: program })
  }

  /** Resolves when all of them listen. */
  async start(): Promise<void> {
    const workers = Array.from({ length: this.#options.count }, () => this.#fork())
    await Promise.all(workers.map(listening))
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
    await Promise.all(workers.map(end))
  }

  #fork(): Worker {
    const worker = cluster.fork(this.#options.environment)
    const startedAt = Date.now()
    // A connection or an answer could not be handed to it, because it has just ended. What there is
    // to do is done at its exit; without a listener this process would end as well.
    worker.on('error', () => undefined)
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

/** Not `once`, which fails when a worker ends while it is spoken to: then nobody waits any more. */
function listening(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    worker.once('listening', () => resolve())
  })
}

async function end(worker: Worker): Promise<void> {
  if (worker.isDead()) return
  const gone = once(worker, 'exit')
  const timer = setTimeout(() => worker.process.kill('SIGKILL'), STOP_MS)
  worker.process.kill('SIGTERM')
  await gone
  clearTimeout(timer)
}
