import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench, PartResult } from '../bench.ts'
import { openAll } from '../connection.ts'
import { createRequest } from '../requests.ts'
import { Subject } from '../subject-process.ts'
import { round } from '../table.ts'

const RUNS = 300
const FIRST_RUNS = 100
const DELTAS = 50
const RAMP_MS = 10
/** Long enough for the words, a checkpoint and whatever else a new run has to do. */
const SETTLE_MS = 3_000
const ATMOST_KB = 350

/** What an answer in progress keeps in memory while the model pauses. */
export async function memory(bench: Bench): Promise<PartResult> {
  await using upstream = await Subject.start({ name: 'upstream' })
  const upstreamUrl = `http://127.0.0.1:${upstream.port}/v1`
  const options = { databaseUrl: await bench.createDatabase(), upstreamUrl }
  await using ours = await Subject.start({ name: 'our-service', options })
  using connections = await openAll(RUNS, ours.port)
  bench.say(`memory: ${FIRST_RUNS} runs that end, then ${RUNS} that wait`)
  // What the first runs leave behind, code and caches, belongs to the process and not to a run.
  const first = connections.all.slice(0, FIRST_RUNS)
  await Promise.all(first.map((connection) => connection.post(createRequest(DELTAS))))
  await sleep(SETTLE_MS)
  const before = await ours.memory()
  for (const connection of connections.all) {
    // It never ends; the connection is closed with the others.
    connection.post(createRequest(DELTAS, ', and wait')).catch(() => undefined)
    await sleep(RAMP_MS)
  }
  await sleep(SETTLE_MS)
  const after = await ours.memory()
  const kilobytes = (after.memoryBytes - before.memoryBytes) / RUNS / 1_000
  return {
    rows: [
      {
        what: `memory of a live run, ${RUNS} of them`,
        ours: `${round(kilobytes)} kB`,
        other: '',
        figure: `${round(kilobytes)} kB`,
        bar: `≤ ${ATMOST_KB} kB`,
        passed: kilobytes <= ATMOST_KB,
      },
    ],
    notes: [
      `Memory is heap and what it refers to outside of it, after garbage collection, with ${RUNS} answers that have said ${DELTAS} tokens and wait for more, less the same before them. The Agents SDK and its connection to the model are in it.`,
    ],
  }
}
