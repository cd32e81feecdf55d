import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection, Heard } from './connection.ts'
import type { BenchRequest } from './requests.ts'

const TICK_MS = 1

/** Asks as fast as the answers come, for a while; resolves to the requests a second. */
export async function saturate(
  connections: readonly Connection[],
  ms: number,
  next: () => BenchRequest,
): Promise<number> {
  const startedAt = performance.now()
  let answered = 0
  const askOn = async (connection: Connection) => {
    while (performance.now() - startedAt < ms) {
      demandOk(await connection.post(next()))
      answered += 1
    }
  }
  await Promise.all(connections.map(askOn))
  return answered / ((performance.now() - startedAt) / 1_000)
}

export interface SteadyLoad {
  readonly perSecond: number
  readonly ms: number
  readonly next: () => BenchRequest
}

/**
 * Asks at a rate, whether or not answers come, at moments that chance decides. A request that finds
 * no free connection waits for one, and that counts as its time.
 */
export async function askSteadily(
  connections: readonly Connection[],
  { perSecond, ms, next }: SteadyLoad,
): Promise<readonly Heard[]> {
  const free = [...connections]
  const heard: Heard[] = []
  const waiting: number[] = []
  const startedAt = performance.now()
  let dueAt = startedAt
  const send = () => {
    while (waiting.length > 0 && free.length > 0) {
      const connection = free.pop()
      const since = waiting.shift()
      if (connection && since !== undefined) void ask(connection, since)
    }
  }
  const ask = async (connection: Connection, since: number) => {
    const waitedMs = performance.now() - since
    const answer = demandOk(await connection.post(next()))
    heard.push({ ...answer, firstByteMs: answer.firstByteMs + waitedMs })
    free.push(connection)
    send()
  }
  while (dueAt - startedAt < ms) {
    for (const now = performance.now(); dueAt <= now;) {
      waiting.push(now)
      dueAt += (-Math.log(1 - Math.random()) / perSecond) * 1_000
    }
    send()
    await sleep(TICK_MS)
  }
  while (free.length < connections.length) await sleep(TICK_MS)
  return heard
}

function demandOk(heard: Heard): Heard {
  if (heard.status !== 200) throw new Error(heard.text)
  return heard
}
