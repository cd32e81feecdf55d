import type { Bench, PartResult } from '../bench.ts'
import { openAll } from '../connection.ts'
import type { Connection } from '../connection.ts'
import { createRequest } from '../requests.ts'
import { inParallel, inTurns } from '../statistics.ts'
import { Subject } from '../subject-process.ts'
import { ratioRow } from '../table.ts'

/** Around 200: what lies between the two is nothing but events. */
const FEW = 10
const MANY = 390
const STREAMS = 16
const REQUESTS = 64
const WARM_UPS = 4
const ROUNDS = 12
const AT_MOST_RAW = 1.25
const AT_MOST_SDK = 0.7

/** What one event costs on its way from the model's event to the socket. */
export async function egress(bench: Bench): Promise<PartResult> {
  const { profiles } = bench
  const options = { databaseUrl: await bench.createDatabase() }
  await using ours = await Subject.start({ name: 'our-service', options, profiles })
  await using raw = await Subject.start({ name: 'raw-writes', profiles })
  await using sdk = await Subject.start({ name: 'node-sdk', profiles })
  const measures = {
    ours: () => measure(ours),
    raw: () => measure(raw),
    sdk: () => measure(sdk),
  }
  bench.say('egress: warming up')
  await inTurns(WARM_UPS, measures)
  bench.say(`egress: ${ROUNDS} rounds`)
  const costs = await inTurns(ROUNDS, measures)
  const compare = (other: 'raw' | 'sdk', of: keyof Cost) => ({
    ours: costs.ours.map((cost) => cost[of]),
    other: costs[other].map((cost) => cost[of]),
    unit: 'µs',
  })
  const [bare, node] = ['raw node:http', 'chatkit-node-backend-sdk']
  return {
    rows: [
      ratioRow(`egress, an event: ${bare}`, { ...compare('raw', 'event'), atMost: AT_MOST_RAW }),
      ratioRow(`egress, an event: ${node}`, { ...compare('sdk', 'event'), atMost: AT_MOST_SDK }),
      ratioRow(`a whole request, by its events: ${bare}`, compare('raw', 'whole')),
      ratioRow(`a whole request, by its events: ${node}`, compare('sdk', 'whole')),
    ],
    notes: [
      `Egress is the CPU time of our process for translating, serialising and writing one event: what a request with ${MANY} deltas takes longer than one with ${FEW}, for each delta. A whole request has ${(MANY + FEW) / 2} deltas; its cost, by their number, has our authentication, limits, log and statements to Postgres in it, where the others have nothing.`,
    ],
  }
}

/** CPU time for each delta, in microseconds. */
interface Cost {
  readonly event: number
  readonly whole: number
}

async function measure(subject: Subject): Promise<Cost> {
  using connections = await openAll(STREAMS, subject.port)
  const few = (await subject.cpuOf(() => ask(connections.all, FEW))) / REQUESTS
  const many = (await subject.cpuOf(() => ask(connections.all, MANY))) / REQUESTS
  return { event: (many - few) / (MANY - FEW), whole: (many + few) / (MANY + FEW) }
}

async function ask(connections: readonly Connection[], deltas: number): Promise<void> {
  await inParallel(connections, REQUESTS, async (connection) => {
    const { status, text } = await connection.post(createRequest(deltas))
    const heard = text.split('text_delta').length - 1
    if (status !== 200 || heard !== deltas) throw new Error(`${status}, ${heard} deltas: ${text}`)
  })
}
