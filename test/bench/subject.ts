import { setTimeout as sleep } from 'node:timers/promises'
import type { AddressInfo } from 'node:net'
import type { Server } from 'node:http'

// What is measured runs in a process of its own, so that its CPU time is its own. This is that
// process's side of the conversation with the bench.

/**
 * What a process has used so far: all of its threads, garbage collection and compiling included.
 */
export interface Usage {
  readonly cpuMicros: number
  /** Heap and memory outside of it that the heap refers to. */
  readonly memoryBytes: number
}

/** The one argument that the bench started this process with. */
export function subjectOptions(): unknown {
  return JSON.parse(process.argv[2] ?? '{}')
}

/** Listens and tells the bench where; from then on answers what this process has used. */
export async function present(server: Server): Promise<void> {
  server.keepAliveTimeout = KEEP_ALIVE_MS // between two rounds the others have theirs
  if (!server.listening) {
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
  }
  // Collecting garbage takes time of its own, so it is done for a question about memory alone.
  process.on('message', (question) => void answer(question === 'memory'))
  process.on('disconnect', () => process.exit(0))
  process.send?.({ port: portOf(server.address()) })
}

async function answer(isAboutMemory: boolean): Promise<void> {
  if (isAboutMemory) {
    // Twice, with a pause: some objects are let go only by what the first time finds.
    globalThis.gc?.()
    await sleep(GC_PAUSE_MS)
    globalThis.gc?.()
  }
  const { user, system } = process.cpuUsage()
  const { heapUsed, external } = process.memoryUsage()
  const usage: Usage = { cpuMicros: user + system, memoryBytes: heapUsed + external }
  process.send?.(usage)
}

const GC_PAUSE_MS = 200
const KEEP_ALIVE_MS = 125_000

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === 'string') throw new Error('it does not listen')
  return address.port
}
