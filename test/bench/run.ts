import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { isAlive } from '../../service/local/postgres-running.ts'
import { startPostgres } from '../../service/local/postgres.ts'
import { TEMPLATE, createTemplate } from '../support/template.ts'
import type { Bench, Part } from './bench.ts'
import { accept } from './parts/accept.ts'
import { egress } from './parts/egress.ts'
import { firstByte } from './parts/first-byte.ts'
import { memory } from './parts/memory.ts'
import { path } from './parts/path.ts'
import { store } from './parts/store.ts'
import { toTable } from './table.ts'
import type { Row } from './table.ts'

// What `npm run bench` runs: every part, or those that are named. It measures and tells; what is
// slower than its bar is marked, and fails nothing. `--profiles=FOLDER` leaves CPU profiles there.

const parts: Readonly<Record<string, Part>> = {
  egress,
  path,
  'first-byte': firstByte,
  memory,
  store,
  accept,
}

const USAGE = `npm run bench -- [PART …] [--profiles=FOLDER]

Measures speed and says what is below its bar. Parts: ${Object.keys(parts).join(', ')}.`
const PROFILES_OPTION = '--profiles='
const FOLDER_PREFIX = 'chatkit-bench-'

let databases = 0

process.exitCode = await main(process.argv.slice(2))

async function main(words: readonly string[]): Promise<number> {
  if (words.some((word) => word === '--help' || word === '-h')) {
    process.stdout.write(`${USAGE}\n`)
    return 0
  }
  const profiles = words.find((word) => word.startsWith(PROFILES_OPTION))
  const named = words.filter((word) => word !== profiles)
  const unknown = named.find((name) => !(name in parts))
  if (unknown !== undefined) {
    const known = Object.keys(parts).join(', ')
    process.stderr.write(`There is no part "${unknown}". There are: ${known}.\n`)
    return 1
  }
  await removeAbandoned()
  const folder = await mkdtemp(join(tmpdir(), `${FOLDER_PREFIX}${process.pid}-`))
  try {
    await using postgres = await startPostgres({ dataFolder: folder, durable: false })
    await createTemplate(postgres.url)
    await measure(named.length === 0 ? Object.keys(parts) : named, {
      createDatabase: () => createDatabase(postgres.url),
      say,
      profiles: profiles?.slice(PROFILES_OPTION.length),
    })
    return 0
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

async function measure(names: readonly string[], bench: Bench): Promise<void> {
  const rows: Row[] = []
  const notes: string[] = []
  const loads = [loadavg()[0]]
  for (const name of names) {
    const result = await parts[name]?.(bench)
    rows.push(...(result?.rows ?? []))
    notes.push(...(result?.notes ?? []))
    loads.push(loadavg()[0])
  }
  // What others do meanwhile on the same cores is in every figure, and most of all in the times.
  const load = loads.map((one) => one?.toFixed(1)).join(', ')
  const cores = `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}`
  notes.push(
    `Machine: ${cores}, Node ${process.version}; load before and after each part: ${load}.`,
  )
  process.stdout.write(`\n${toTable(rows)}\n\n${notes.join('\n\n')}\n`)
}

async function createDatabase(server: string): Promise<string> {
  const name = `bench_${++databases}`
  const client = new Client({ connectionString: server })
  await client.connect()
  try {
    await client.query(`create database ${name} template ${TEMPLATE}`)
  } finally {
    await client.end()
  }
  const url = new URL(server)
  url.pathname = name
  return url.href
}

/** Removes what a bench that was interrupted has left: two gigabytes, if it came that far. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(FOLDER_PREFIX) && Number.parseInt(name.slice(FOLDER_PREFIX.length))
    if (!pid || isAlive(pid)) continue
    await rm(join(tmpdir(), name), { recursive: true, force: true, maxRetries: 5 })
  }
}
