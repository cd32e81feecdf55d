import { globSync, readFileSync, readdirSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
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
const SECOND_LOOKS_MAX = 3
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
    const passed = await runFiles(files, {
      databaseUrl: postgres.url,
      compileCache: join(folder, 'compile-cache'),
      looksAgain: parts.length === 0,
    })
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

/**
 * Runs all files and prints the reports; true if all of them passed.
 *
 * Some tests judge what real processes do in real time, and a machine that others share can starve
 * them. So where few files fail they get a second look, one at a time, and both looks are printed.
 * Not where files were chosen: whoever works on them wants to see each failure.
 */
async function runFiles(files: readonly string[], options: FileOptions): Promise<boolean> {
  const first = await report(files, { ...options, concurrency: CONCURRENT_FILES })
  const { failedFiles } = first
  const isFew = failedFiles.length > 0 && failedFiles.length <= SECOND_LOOKS_MAX
  const looksAgain = options.looksAgain && isFew && !interruption.signal.aborted
  if (first.passed || !looksAgain) return first.passed
  process.stdout.write(`\nA second look, one at a time: ${failedFiles.join(', ')}\n\n`)
  const second = await report(failedFiles, { ...options, concurrency: 1 })
  const steadied = first.failCount - second.failCount
  if (second.passed) process.stdout.write(`\nUnsteady, worth a look: ${failedFiles.join(', ')}\n`)
  process.stdout.write(`${first.passCount + steadied} passed, ${second.failCount} failed\n`)
  return second.passed
}

interface FileOptions {
  readonly databaseUrl: string
  readonly compileCache: string
  /** Whether files that fail are run once more. */
  readonly looksAgain: boolean
}

interface Report {
  readonly passed: boolean
  readonly passCount: number
  readonly failCount: number
  readonly failedFiles: readonly string[]
}

/** Runs each file in a process of its own. */
async function report(
  files: readonly string[],
  { databaseUrl, compileCache, concurrency }: FileOptions & { readonly concurrency: number },
): Promise<Report> {
  let total: Omit<Report, 'failedFiles'> = { passed: false, passCount: 0, failCount: 0 }
  const failedFiles = new Set<string>()
  const timeoutMs = files.length * FILE_TIMEOUT_MS // the last resort, for an endless loop
  const events = run({
    files,
    concurrency,
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
    if (file !== undefined) return
    const failCount = counts.tests - counts.passed
    total = { passed: success && counts.tests > 0, passCount: counts.passed, failCount }
  })
  // A file that fails outside of its tests has no summary of its own.
  events.on('test:fail', ({ file = '' }) => failedFiles.add(relative('.', file)))
  for await (const text of events.compose(new spec())) process.stdout.write(String(text))
  return { ...total, failedFiles: [...failedFiles] }
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
