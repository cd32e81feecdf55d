import { alice, tokenOf } from '../../support/service.ts'
import type { Bench, PartResult } from '../bench.ts'
import { Connection, openAll } from '../connection.ts'
import { createRequest } from '../requests.ts'
import { inParallel, median } from '../statistics.ts'
import { Subject } from '../subject-process.ts'
import { ratioRow } from '../table.ts'

// Around 200: what lies between the two is nothing but events.
const DELTAS = { few: 100, many: 300 } as const
const STREAMS = 16
const REQUESTS = 160
const WARM_UPS = 2
const ROUNDS = 7
const ATMOST_RAW = 1.25
const ATMOST_SDK = 0.7

/** What one event costs on its way from the model's event to the socket. */
export async function egress(bench: Bench): Promise<PartResult> {
  const { profiles } = bench
  const options = { databaseUrl: await bench.createDatabase() }
  await using ours = await Subject.start({ name: 'our-service', options, profiles })
  await using raw = await Subject.start({ name: 'raw-writes', profiles })
  await using sdk = await Subject.start({ name: 'node-sdk', profiles })
  const subjects = [ours, raw, sdk]
  const costs = new Map(subjects.map((subject) => [subject, new Array<Cost>()]))
  for (let round = 1 - WARM_UPS; round <= ROUNDS; round++) {
    bench.say(round > 0 ? `egress: round ${round} of ${ROUNDS}` : 'egress: warming up')
    for (const subject of subjects) {
      const cost = await measure(subject)
      if (round > 0) costs.get(subject)?.push(cost)
    }
  }
  const cost = (subject: Subject, of: keyof Cost) =>
    median((costs.get(subject) ?? []).map((one) => one[of]))
  const compare = (of: keyof Cost, other: Subject) => ({
    ours: cost(ours, of),
    other: cost(other, of),
    unit: 'µs',
  })
  return {
    rows: [
      ratioRow('egress, an event: raw node:http', { ...compare('event', raw), atMost: ATMOST_RAW }),
      ratioRow('egress, an event: chatkit-node-backend-sdk', {
        ...compare('event', sdk),
        atMost: ATMOST_SDK,
      }),
      ratioRow('the rest of a request, raw node:http', compare('rest', raw)),
      ratioRow('the rest of a request, chatkit-node-backend-sdk', compare('rest', sdk)),
    ],
    notes: [
      `Egress is CPU time of translating, serialising and writing one event: the difference between requests with ${DELTAS.many} and with ${DELTAS.few} deltas, for each delta. The rest of a request is what is left: for us authentication, limits, log and the statements to Postgres, for the others nothing of the kind.`,
    ],
  }
}

/** CPU time in microseconds. */
interface Cost {
  readonly event: number
  readonly rest: number
}

async function measure(subject: Subject): Promise<Cost> {
  const token = await tokenOf(alice)
  using connections = await openAll(STREAMS, subject.port, token)
  const few = (await subject.cpuOf(() => ask(connections.all, DELTAS.few))) / REQUESTS
  const many = (await subject.cpuOf(() => ask(connections.all, DELTAS.many))) / REQUESTS
  const event = (many - few) / (DELTAS.many - DELTAS.few)
  return { event, rest: few - event * DELTAS.few }
}

async function ask(connections: readonly Connection[], deltas: number): Promise<void> {
  await inParallel(connections, REQUESTS, async (connection) => {
    const { status, text } = await connection.post(createRequest(deltas))
    const heard = text.split('text_delta').length - 1
    if (status !== 200 || heard !== deltas) throw new Error(`${status}, ${heard} deltas: ${text}`)
  })
}
