import { appendFileSync, mkdirSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { ConfigError, loadConfig } from '../config.ts'
import { createLog } from '../log.ts'
import { migrate } from '../store/migrate.ts'
import { Ending } from './ending.ts'
import { greeting, shortPath } from './greeting.ts'
import { probePort } from './port.ts'
import { LocalPostgresError, startPostgres } from './postgres.ts'
import { isDemo, loadEnvFile, localEnvironment, localFolder } from './settings.ts'
import { Workers } from './workers.ts'

// What `npm start` runs: a database, the service as several processes on it, and the page.

const WORKERS = 2
const ANY_DATABASE = 'postgres://127.0.0.1/postgres' // for looking at the rest before there is one

type Environment = Readonly<Record<string, string>>

/** Something that the user can mend; its message says how. */
class StartError extends Error {
  override readonly name = 'StartError'
}

const HELP = `npm start takes no options. What can be set are variables, of the environment or in the file .env:

  PORT=9000 npm start

The README has all of them.`

try {
  const [word] = process.argv.slice(2)
  if (word === '--help' || word === '-h') say(HELP)
  else if (word === undefined) await start()
  else throw new StartError(`"${word}" is not understood. ${HELP}`)
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
  mkdirSync(localFolder(), { recursive: true })
  const environment = localEnvironment()
  await demandPort(environment)
  const needs = { modelKey: !isDemo(environment) }
  loadConfig(needs, { DATABASE_URL: ANY_DATABASE, ...environment })
  // From here on there is something to end.
  const ending = new Ending(say)
  try {
    const complete = await ending.protect(prepareDatabase(environment, ending))
    if (!ending.hasBegun) await serve(complete, ending, !environment['DATABASE_URL'])
  } catch (error) {
    // Ctrl-C also reaches what is just at work, such as the making of a database.
    if (ending.hasBegun) return
    await ending.close()
    throw error
  }
}

/** Returns the environment of the service, with a database that is up to date. */
async function prepareDatabase(environment: Environment, ending: Ending): Promise<Environment> {
  const url = environment['DATABASE_URL']
  if (url) {
    await migrateOrExplain(url)
    return environment
  }
  const postgres = await startPostgres({
    dataFolder: join(localFolder(), 'postgres'),
    log: logPostgres,
  })
  ending.add(() => postgres.stop())
  if (!ending.hasBegun) await migrateOrExplain(postgres.url)
  return { ...environment, DATABASE_URL: postgres.url }
}

async function serve(environment: Environment, ending: Ending, isEmbedded: boolean): Promise<void> {
  const workers = new Workers({
    count: WORKERS,
    environment,
    log: say,
    onHopeless: () => {
      say(`\nThe service does not start. The reason is above or in ${shortPath('service.log')}.\n`)
      void ending.begin(1)
    },
  })
  ending.add(() => workers.stop())
  await workers.start()
  if (ending.hasBegun) return
  say(greeting(environment, { processes: WORKERS, isEmbedded }))
}

async function demandPort(environment: Environment): Promise<void> {
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
  // The library ends its connection without waiting for it, and a Postgres that stops meanwhile
  // would have a last word on it that nobody listens to: an error that ends this process.
  const closings: Promise<unknown>[] = []
  const stream = (): Socket => {
    const socket = new Socket()
    closings.push(new Promise((resolve) => socket.once('close', resolve)))
    return socket
  }
  try {
    await migrate({ connectionString: url, stream }, createLog('silent'))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StartError(
      `The database cannot be brought up to date: ${reason}\n` +
        `If its data is from another version of this project, move ${shortPath('postgres')} away.`,
      { cause },
    )
  } finally {
    await Promise.all(closings)
  }
}

/** What Postgres reports as routine goes to the log alone. */
function logPostgres(line: string): void {
  appendFileSync(join(localFolder(), 'service.log'), `${JSON.stringify({ postgres: line })}\n`)
  if (!/^\s*(LOG|HINT|DETAIL|STATEMENT|CONTEXT):/.test(line)) say(line)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
