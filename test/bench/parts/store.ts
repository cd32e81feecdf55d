import { Readings } from '../../../service/store/readings.ts'
import { RequestQuotas } from '../../../service/store/quotas.ts'
import { ThreadStore } from '../../../service/store/threads.ts'
import type { Bench, PartResult } from '../bench.ts'
import { ORG, grow, sample } from '../big-store.ts'
import type { StoredThread } from '../big-store.ts'
import { openAll } from '../connection.ts'
import { ExplainingDatabase } from '../explaining-database.ts'
import type { Plan } from '../explaining-database.ts'
import { askSteadily, saturate } from '../load.ts'
import { median, quantile } from '../statistics.ts'
import { Subject } from '../subject-process.ts'
import { round } from '../table.ts'
import type { Row } from '../table.ts'

const SIZES = [10_000, 100_000, 1_000_000] as const
const CONNECTIONS = 8
const MS = 1_500
const ROUNDS = 3
const PER_SECOND_MIN = 3_000
const P99_MS_MAX = 10
/** An index gets a level higher now and then; a search through everything grows with everything. */
const GROWTH_MAX = 1.5

const OPERATIONS = {
  'threads.list': () => ({ limit: 20 }),
  'threads.get_by_id': ({ id }: StoredThread) => ({ thread_id: id }),
  'items.list': ({ id }: StoredThread) => ({ thread_id: id, limit: 20 }),
} as const

/** What the operations cost that are answered from the store, and how that grows with it. */
export async function store(bench: Bench): Promise<PartResult> {
  const databaseUrl = await bench.createDatabase()
  const opening: Opening[] = []
  let items = 0
  for (const size of SIZES) {
    bench.say(`store: growing to ${size} items`)
    await grow(databaseUrl, items, size)
    items = size
    opening.push(await explainOpening(databaseUrl))
  }
  const rows = await measureOperations(bench, databaseUrl)
  const blocks = opening.map((one) => one.blocks)
  const growth = (blocks.at(-1) ?? NaN) / (blocks[0] ?? NaN)
  const isIndexed = opening.every((one) => one.plans.every(hasNoSeqScan))
  return {
    rows: [
      ...rows,
      {
        what: `listing and opening a thread at ${SIZES.map(short).join(', ')} items`,
        ours: `${blocks.map(round).join(', ')} pages`,
        other: '',
        figure: `${growth.toFixed(2)}×`,
        bar: `≤ ${GROWTH_MAX}×`,
        passed: isIndexed && growth <= GROWTH_MAX,
      },
    ],
    notes: [
      `Requests a second are those of one second of CPU time of our process, with all its threads and nothing else: the client and Postgres are processes of their own. All ${CONNECTIONS} connections are busy; p99 is at half of that load, with ${short(items)} items of ${short(items / 20)} conversations of ${short(items / 200)} users.`,
      ...opening.map(
        (one, index) =>
          `Listing and opening a thread at ${short(SIZES[index] ?? 0)} items, by EXPLAIN (ANALYZE, BUFFERS): ${describe(one.plans)}.`,
      ),
    ],
  }
}

interface Opening {
  /** The plans for one conversation. */
  readonly plans: readonly Plan[]
  /** Pages that opening one takes, in the middle of many. */
  readonly blocks: number
}

/** The statements of `threads.list` and `threads.get_by_id`, each with its plan. */
async function explainOpening(databaseUrl: string): Promise<Opening> {
  const database = new ExplainingDatabase(databaseUrl)
  const readings = new Readings(new RequestQuotas(database), new ThreadStore(database))
  try {
    const threads = (await sample(databaseUrl)).slice(0, 20)
    const blocks: number[] = []
    for (const { id, user_id: userId } of threads) {
      database.plans.length = 0
      const asker = { owner: { orgId: ORG, userId }, quota: {} }
      await readings.listThreads({ order: 'desc', limit: 20 }, asker)
      await readings.openThread(id, { order: 'asc', limit: 20 }, asker)
      blocks.push(database.plans.reduce((sum, plan) => sum + plan.blocks, 0))
    }
    return { plans: [...database.plans], blocks: median(blocks) }
  } finally {
    await database.close()
  }
}

async function measureOperations(bench: Bench, databaseUrl: string): Promise<Row[]> {
  const options = { databaseUrl }
  await using ours = await Subject.start({
    name: 'our-service',
    options,
    profiles: bench.profiles,
  })
  using connections = await openAll(CONNECTIONS, ours.port)
  const threads = await sample(databaseUrl)
  const rows: Row[] = []
  for (const [type, params] of Object.entries(OPERATIONS)) {
    bench.say(`store: ${type}`)
    const next = () => {
      const thread = threads[Math.floor(Math.random() * threads.length)]
      if (!thread) throw new Error('the store is empty')
      return { token: thread.token, body: JSON.stringify({ type, params: params(thread) }) }
    }
    await saturate(connections.all, MS, next)
    const cpus: number[] = []
    const p99s: number[] = []
    for (let turn = 0; turn < ROUNDS; turn++) {
      let perSecond = 0
      const cpu = await ours.cpuOf(async () => {
        perSecond = await saturate(connections.all, MS, next)
      })
      cpus.push(cpu / (perSecond * (MS / 1_000)))
      const load = { perSecond: perSecond / 2, ms: MS, next }
      const heard = await askSteadily(connections.all, load)
      p99s.push(
        quantile(
          heard.map((one) => one.wholeMs),
          0.99,
        ),
      )
    }
    rows.push(...rowsFor(type, median(cpus), median(p99s)))
  }
  return rows
}

function rowsFor(type: string, cpuMicros: number, p99: number): Row[] {
  const perSecond = 1_000_000 / cpuMicros
  return [
    {
      what: `${type}, requests a second and core`,
      ours: `${round(cpuMicros)} µs`,
      other: '',
      figure: perSecond.toFixed(0),
      bar: `≥ ${PER_SECOND_MIN}`,
      passed: perSecond >= PER_SECOND_MIN,
    },
    {
      what: `${type}, p99`,
      ours: `${round(p99)} ms`,
      other: '',
      figure: `${round(p99)} ms`,
      bar: `≤ ${P99_MS_MAX} ms`,
      passed: p99 <= P99_MS_MAX,
    },
  ]
}

function hasNoSeqScan({ scans }: Plan): boolean {
  return scans.every((scan) => !scan.startsWith('Seq Scan'))
}

function describe(plans: readonly Plan[]): string {
  return plans
    .map(({ statement, scans, blocks, ms }) => {
      const how = scans.join(', ') || 'nothing read'
      return `${statement} ${how}, ${blocks} pages, ${ms.toFixed(2)} ms`
    })
    .join('; ')
}

function short(count: number): string {
  return count >= 1_000_000 ? `${count / 1_000_000} M` : `${count / 1_000} k`
}
