import type { Databases } from './databases.ts'
import type { Trace } from './read-traces.ts'
import { replayBridge } from './replay-bridge.ts'
import { replayRequests } from './replay-requests.ts'
import { replayServer } from './replay-server.ts'

/** How one thing that a trace asks for came out: a scenario, or one request of a file of them. */
export interface Outcome {
  readonly name: string
  /** Nothing if it passed. */
  readonly differences: readonly string[]
}

/** Replays what a trace holds against a service. */
export async function replay(trace: Trace, databases: Databases): Promise<readonly Outcome[]> {
  const { name } = trace
  try {
    switch (trace.kind) {
      case 'unreadable':
        return [{ name, differences: trace.faults }]
      case 'requests':
        return await replayRequests(name, trace.trace, databases)
      case 'server':
        return [{ name, differences: await replayServer(trace.trace, databases) }]
      case 'bridge':
        return [{ name, differences: await replayBridge(trace.trace, databases) }]
    }
  } catch (error) {
    return [{ name, differences: [`the replay broke off: ${describe(error)}`] }]
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
