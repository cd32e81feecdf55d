import { appendFileSync, mkdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { ConfigError, loadConfig } from '../config.ts'
import { createLog } from '../log.ts'
import { migrate } from '../store/migrate.ts'
import { probePort } from './port.ts'
import { LocalPostgresError, startPostgres } from './postgres.ts'
import type { LocalPostgres } from './postgres.ts'
import { LOCAL_FOLDER, isDemo, loadEnvFile, localEnvironment } from './settings.ts'
import { Workers } from './workers.ts'

// What `npm start` runs: a database, the service as several processes on it, and the page.

const WORKERS = 2

/** Something that the user can mend; its message says how. */
class StartError extends Error {
  override readonly name = 'StartError'
}

try {
  await start()
} catch (error) {
  const isReadable =
    error instanceof StartError ||
    error instanceof ConfigError ||
    error instanceof LocalPostgresError
  if (!isReadable) throw error
  say(`\n${error.message}\n`)
  process.exitCode = 1
}

async function start(): Promise<void> {
  loadEnvFile()
  mkdirSync(LOCAL_FOLDER, { recursive: true })
  const environment = localEnvironment()
  await demandPort(environment)
  const postgres = environment['DATABASE_URL']
    ? undefined
    : await startPostgres({ dataFolder: join(LOCAL_FOLDER, 'postgres'), log: logPostgres })
  const complete = { ...(postgres ? { DATABASE_URL: postgres.url } : {}), ...environment }
  const workers = new Workers({
    count: WORKERS,
    environment: complete,
    log: say,
    onHopeless: () => void giveUp(),
  })
  const stop = stopper(workers, postgres)
  async function giveUp(): Promise<void> {
    say('\nThe service does not start; see .local/service.log for the reason.\n')
    await stop(1)
  }
  try {
    const { DATABASE_URL: url = '' } = loadConfig({ modelKey: !isDemo(complete) }, complete)
    await migrateOrExplain(url)
    await workers.start()
    say(greeting(complete, postgres !== undefined))
  } catch (error) {
    await postgres?.stop()
    throw error
  }
}

/** Ends everything in order: first the service, which still writes, and then its database. */
function stopper(workers: Workers, postgres: LocalPostgres | undefined) {
  let isStopping = false
  const stop = async (code: number) => {
    if (isStopping) return
    isStopping = true
    await workers.stop()
    await postgres?.stop()
    process.exit(code)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!isStopping) say('\nStopping …')
      void stop(0)
    })
  }
  return stop
}

async function demandPort(environment: Readonly<Record<string, string>>): Promise<void> {
  const port = Number(environment['PORT'])
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new StartError(`PORT is "${environment['PORT']}"; it must be a number from 1 to 65535.`)
  }
  const state = await probePort(port, environment['HOST'] ?? '')
  if (state === 'ours') {
    throw new StartError(`It is running already: http://localhost:${port}`)
  }
  if (state === 'taken') {
    throw new StartError(
      `Port ${port} is taken by another program. Stop that, or choose another port: ` +
        'PORT=3000 npm start',
    )
  }
}

async function migrateOrExplain(url: string): Promise<void> {
  try {
    await migrate({ connectionString: url }, createLog('silent'))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StartError(
      `The database cannot be brought up to date: ${reason}\n` +
        'If its data is from another version of this project, move .local/postgres away.',
      { cause },
    )
  }
}

function greeting(environment: Readonly<Record<string, string>>, isEmbedded: boolean): string {
  const model = isDemo(environment)
    ? 'the built-in demo (for a real one: OPENAI_API_KEY in .env)'
    : `${loadConfig({}, environment).OPENAI_MODEL}${environment['OPENAI_BASE_URL'] ? ` at ${environment['OPENAI_BASE_URL']}` : ''}`
  const folder = relative(process.cwd(), LOCAL_FOLDER) || '.'
  return [
    '',
    `  Page    http://localhost:${environment['PORT']}`,
    `  Model   ${model}`,
    `  Data    ${isEmbedded ? join(folder, 'postgres') : 'the database of DATABASE_URL'}, used by ${WORKERS} processes`,
    `  Log     ${join(folder, 'service.log')}`,
    '  Stop    Ctrl-C',
    '',
  ].join('\n')
}

/** What Postgres reports as routine goes to the log alone. */
function logPostgres(line: string): void {
  appendFileSync(join(LOCAL_FOLDER, 'service.log'), `${JSON.stringify({ postgres: line })}\n`)
  if (!/^\s*(LOG|HINT|DETAIL|STATEMENT|CONTEXT):/.test(line)) say(line)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
