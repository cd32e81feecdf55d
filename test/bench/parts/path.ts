import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench, PartResult } from '../bench.ts'
import { openAll } from '../connection.ts'
import type { Heard } from '../connection.ts'
import { createRequest } from '../requests.ts'
import { inTurns, median } from '../statistics.ts'
import { Subject } from '../subject-process.ts'
import { ratioRow } from '../table.ts'
import type { Row } from '../table.ts'

const STREAMS = [100, 300] as const
/** An answer of 6 s at 50 tokens a second. */
const DELTAS = 300
/** Between two beginnings: an answer is not all there is to a stream. */
const RAMP_MS = 10
const ROUNDS = 3
const WARM_UP = { streams: 50, deltas: 100 }
const ATMOST = 1.15

/** What one token of a model costs from its socket to the client's, the Agents SDK included. */
export async function path(bench: Bench): Promise<PartResult> {
  const { profiles } = bench
  await using upstream = await Subject.start({ name: 'upstream' })
  const upstreamUrl = `http://127.0.0.1:${upstream.port}/v1`
  const databaseUrl = await bench.createDatabase()
  const options = { databaseUrl, upstreamUrl }
  await using ours = await Subject.start({ name: 'our-service', options, profiles })
  await using bare = await Subject.start({ name: 'bare-agents', options, profiles })
  for (const subject of [ours, bare]) await answerAll(subject, WARM_UP)
  const rows: Row[] = []
  const rates: string[] = []
  for (const streams of STREAMS) {
    bench.say(`path: ${ROUNDS} rounds of ${streams} streams`)
    const { own, other } = await inTurns(ROUNDS, {
      own: () => answerAll(ours, { streams, deltas: DELTAS }),
      other: () => answerAll(bare, { streams, deltas: DELTAS }),
    })
    rows.push(
      ratioRow(`whole path, a delta, ${streams} streams: bare Agents SDK`, {
        ours: own.map((one) => one.cpuMicros),
        other: other.map((one) => one.cpuMicros),
        unit: 'µs',
        atMost: ATMOST,
      }),
    )
    rates.push(`${streams} streams: ${describe(own)} and ${describe(other)}`)
  }
  return {
    rows,
    notes: [
      `Whole path is CPU time of the whole process for each delta, answers of ${DELTAS} deltas from their request to their end: with us that is authentication, Postgres and every rule as well. Tokens a second that arrived on a stream, of 50, with us and with them: ${rates.join('; ')}.`,
    ],
  }
}

function describe(answered: readonly Answered[]): string {
  const rate = median(answered.map((one) => one.rate)).toFixed(1)
  const failed = answered.reduce((sum, one) => sum + one.failed, 0)
  return failed > 0 ? `${rate} (${failed} answers ended early)` : rate
}

interface Answered {
  /** Of the process, for each delta. */
  readonly cpuMicros: number
  /** Deltas a second on each stream. */
  readonly rate: number
  /**
   * Answers that ended early: nobody can be kept waiting for ever on a machine that is too busy.
   */
  readonly failed: number
}

async function answerAll(
  subject: Subject,
  { streams, deltas }: { streams: number; deltas: number },
): Promise<Answered> {
  using connections = await openAll(streams, subject.port)
  const answers: Heard[] = []
  const cpu = await subject.cpuOf(() =>
    Promise.all(
      connections.all.map(async (connection, index) => {
        await sleep(index * RAMP_MS)
        answers.push(await connection.post(createRequest(deltas)))
      }),
    ),
  )
  const heard = answers.map(({ text }) => text.split('text_delta').length - 1)
  const complete = answers.filter((_answer, index) => heard[index] === deltas)
  return {
    cpuMicros: cpu / heard.reduce((sum, count) => sum + count, 0),
    rate: deltas / (median(complete.map(({ wholeMs }) => wholeMs)) / 1_000),
    failed: streams - complete.length,
  }
}
