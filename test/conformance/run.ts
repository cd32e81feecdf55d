import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LocalPostgresError, startPostgres } from '../../service/local/postgres.ts'
import { createTemplate } from '../support/template.ts'
import { Databases } from './databases.ts'
import { NoTracesError, readTraces } from './read-traces.ts'
import type { Trace } from './read-traces.ts'
import { replay } from './replay.ts'
import type { Outcome } from './replay.ts'
import { describeFailure, hasFailed, summarise } from './report.ts'

// What `npm run conformance -- FOLDER…` runs: the traces in those folders, or in those files,
// against the whole service and a Postgres that is made for the occasion. Without an argument it
// is the traces beside this file.

const USAGE = `npm run conformance -- [FOLDER or FILE …]

Replays recorded traces against the service on a Postgres of its own, shows where they differ, and
ends with 1 if any does. Without an argument: the traces of test/conformance/traces.`
const OWN_TRACES = join(import.meta.dirname, 'traces')
/** More than the cores of a small machine: a replay mostly waits. */
const CONCURRENT_TRACES = 4
const SIGNAL_EXIT_CODE = 130

const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => interruption.abort())
}
process.exitCode = await main(process.argv.slice(2))

async function main(paths: readonly string[]): Promise<number> {
  if (paths.some((word) => word === '--help' || word === '-h')) {
    say(USAGE)
    return 0
  }
  const folder = await mkdtemp(join(tmpdir(), `chatkit-conformance-${process.pid}-`))
  try {
    const traces = readTraces(paths.length === 0 ? [OWN_TRACES] : paths)
    await using postgres = await startPostgres({ dataFolder: folder, durable: false })
    await createTemplate(postgres.url)
    await using databases = new Databases(postgres.url)
    const outcomes = await replayAll(traces, databases)
    if (interruption.signal.aborted) return SIGNAL_EXIT_CODE
    say(summarise(outcomes))
    return outcomes.some(hasFailed) ? 1 : 0
  } catch (error) {
    if (interruption.signal.aborted) return SIGNAL_EXIT_CODE
    if (!(error instanceof LocalPostgresError) && !(error instanceof NoTracesError)) throw error
    process.stderr.write(`${error.message}\n`)
    return 1
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Replays some traces at a time and tells of each failure as it comes. */
async function replayAll(
  traces: readonly Trace[],
  databases: Databases,
): Promise<readonly Outcome[]> {
  const waiting = traces.values()
  const outcomes: Outcome[] = []
  const work = async () => {
    for (const trace of waiting) {
      if (interruption.signal.aborted) return
      const done = await replay(trace, databases)
      outcomes.push(...done)
      for (const outcome of done.filter(hasFailed)) say(describeFailure(outcome))
    }
  }
  await Promise.all(Array.from({ length: CONCURRENT_TRACES }, work))
  return outcomes
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
