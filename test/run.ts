import { globSync, readFileSync, readdirSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive } from '../service/local/postgres-running.ts'
import { LocalPostgresError, startPostgres } from '../service/local/postgres.ts'
import { createTemplate } from './support/template.ts'

// What `npm test` runs: every test file, or those whose path holds one of the arguments, against
// one Postgres that is made for the occasion and removed with everything in it.

// More than the cores of a small machine: most tests wait, for a time-out or for a browser.
const CONCURRENT_FILES = 3
// For what hangs. What must be fast says so itself; a machine that is busy only takes longer.
const TEST_TIMEOUT_MS = 240_000
const FILE_TIMEOUT_MS = 500_000 // a little more than the watchdog allows
const WATCHDOG = import.meta.resolve('./support/watchdog.ts')
const SIGNAL_EXIT_CODE = 130
const EXIT_GRACE_MS = 1_000
const FOLDER_PREFIX = 'chatkit-test-'

const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => interruption.abort())
}
process.chdir(join(import.meta.dirname, '..'))
process.exitCode = await main(process.argv.slice(2))

async function main(parts: readonly string[]): Promise<number> {
  const files = chooseFiles(parts)
  if (typeof files === 'string') return complain(files)
  await removeAbandoned()
  const folder = await mkdtemp(join(tmpdir(), `${FOLDER_PREFIX}${process.pid}-`))
  try {
    await using postgres = await startPostgres({ dataFolder: folder, durable: false })
    await createTemplate(postgres.url)
    const passed = await runFiles(files, postgres.url, join(folder, 'compile-cache'))
    const clean = await endLeftovers(postgres.url)
    if (interruption.signal.aborted) return SIGNAL_EXIT_CODE
    return passed && clean ? 0 : 1
  } catch (error) {
    if (interruption.signal.aborted) return SIGNAL_EXIT_CODE
    if (error instanceof LocalPostgresError) return complain(error.message)
    throw error
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** The files to run, or a complaint: an argument that selects nothing is most likely a typo. */
function chooseFiles(parts: readonly string[]): readonly string[] | string {
  const all = globSync('test/**/*.test.ts').toSorted()
  const vain = parts.find((part) => !all.some((file) => matches(file, part)))
  if (vain !== undefined) return `No test file has "${vain}" in its path.`
  if (all.length === 0) return 'There are no test files.'
  return parts.length === 0 ? all : all.filter((file) => parts.some((part) => matches(file, part)))
}

function matches(file: string, part: string): boolean {
  return file.replaceAll('\\', '/').includes(part.replaceAll('\\', '/').replace(/^\.\//, ''))
}

function complain(message: string): number {
  process.stderr.write(`${message}\n`)
  return 1
}

/** Removes what a run that was killed could not remove itself. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(FOLDER_PREFIX) && Number.parseInt(name.slice(FOLDER_PREFIX.length))
    if (!pid || isAlive(pid)) continue
    await rm(join(tmpdir(), name), { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Runs each file in a process of its own and prints the report; true if all of them passed. */
async function runFiles(
  files: readonly string[],
  databaseUrl: string,
  compileCache: string,
): Promise<boolean> {
  let passed = false
  const timeoutMs = files.length * FILE_TIMEOUT_MS // the last resort, for an endless loop
  const events = run({
    files,
    concurrency: CONCURRENT_FILES,
    timeout: TEST_TIMEOUT_MS,
    execArgv: ['--import', WATCHDOG],
    signal: AbortSignal.any([interruption.signal, AbortSignal.timeout(timeoutMs)]),
    env: {
      ...process.env,
      TEST_DATABASE_URL: databaseUrl,
      // More than a hundred processes compile the same files.
      NODE_COMPILE_CACHE: compileCache,
    },
  })
  events.on('test:summary', ({ file, success, counts }) => {
    if (file === undefined) passed = success && counts.tests > 0
  })
  for await (const text of events.compose(new spec())) process.stdout.write(String(text))
  return passed
}

/** Ends and reports processes that outlived their test, found by the database they were given. */
async function endLeftovers(databaseUrl: string): Promise<boolean> {
  if (process.platform !== 'linux') return true // environments are only readable here
  const server = new URL('/', databaseUrl).href // with any of its databases
  const found = readdirSync('/proc')
    .map(Number)
    .filter((pid) => holds(pid, server))
  if (found.length > 0) await sleep(EXIT_GRACE_MS) // some may have been told to end just now
  const left = found.filter((pid) => holds(pid, server))
  for (const pid of left) {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    const command = words.filter((word) => !word.startsWith('--')).join(' ')
    complain(`A test left process ${pid} running: ${command}`)
    process.kill(pid, 'SIGKILL')
  }
  return left.length === 0
}

function holds(pid: number, text: string): boolean {
  if (!(pid > 0) || pid === process.pid) return false
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(text)
  } catch {
    return false // ended in the meantime, or another user's
  }
}
