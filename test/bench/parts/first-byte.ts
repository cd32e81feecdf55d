import type { Bench, PartResult } from '../bench.ts'
import { openAll } from '../connection.ts'
import { askSteadily, saturate } from '../load.ts'
import { createRequest } from '../requests.ts'
import type { BenchRequest } from '../requests.ts'
import { inTurns, median, quantile } from '../statistics.ts'
import { Subject } from '../subject-process.ts'
import { addedRow } from '../table.ts'

const CONNECTIONS = 32
const SATURATION_MS = 2_500
const STEADY_MS = 2_500
const ROUNDS = 5
const MEDIAN_MS_MAX = 2
const P99_MS_MAX = 8

/** How much later than from a bare server the first byte of an answer comes. */
export async function firstByte(bench: Bench): Promise<PartResult> {
  const { profiles } = bench
  const options = { databaseUrl: await bench.createDatabase() }
  await using ours = await Subject.start({ name: 'our-service', options, profiles })
  await using raw = await Subject.start({ name: 'raw-writes' })
  using own = await openAll(CONNECTIONS, ours.port)
  using other = await openAll(CONNECTIONS, raw.port)
  bench.say('first byte: the most that the service can do')
  await saturate(own.all, SATURATION_MS, next)
  const most = await saturate(own.all, SATURATION_MS, next)
  const load = { perSecond: most / 2, ms: STEADY_MS, next }
  bench.say(`first byte: ${ROUNDS} rounds, ${Math.round(load.perSecond)} a second`)
  const times = await inTurns(ROUNDS, {
    own: async () => (await askSteadily(own.all, load)).map((heard) => heard.firstByteMs),
    other: async () => (await askSteadily(other.all, load)).map((heard) => heard.firstByteMs),
  })
  const row = (what: string, part: number, atMost: number) =>
    addedRow(what, { ours: at(times.own, part), other: at(times.other, part), unit: 'ms', atMost })
  return {
    rows: [
      row('time to first byte, median: raw node:http', 0.5, MEDIAN_MS_MAX),
      row('time to first byte, p99: raw node:http', 0.99, P99_MS_MAX),
    ],
    notes: [
      `First byte: new conversations, each with a short answer that is stored, at half of the ${Math.round(most)} a second that one process can begin and end on this machine, with Postgres and the client on the same two cores. The client sees the times; those of a bare server at the same rate are what is not ours.`,
    ],
  }
}

function next(): BenchRequest {
  return createRequest(0)
}

function at(rounds: number[][], part: number): number {
  return median(rounds.map((round) => quantile(round, part)))
}
