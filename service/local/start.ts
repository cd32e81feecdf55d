import { join } from 'node:path'
import { loadConfig } from '../config.ts'
import { demandLocal, demandPort } from './demands.ts'
import { Ending } from './ending.ts'
import { greeting, shortPath } from './greeting.ts'
import { LocalError, messageFor } from './local-error.ts'
import { LogFile } from './log-file.ts'
import { migrateOrExplain } from './migrate-or-explain.ts'
import { startPostgres } from './postgres.ts'
import { isDemo, loadEnvFile, localEnvironment, localFolder, makeLocalFolder } from './settings.ts'
import { Workers } from './workers.ts'

// What `npm start` runs: a database, the service as several processes on it, and the page.

const WORKERS = 2
const ANY_DATABASE = 'postgres://127.0.0.1/postgres' // for looking at the rest before there is one

type Environment = Readonly<Record<string, string>>

const HELP = `npm start takes no options. What can be set are variables, of the environment or in the file .env:

  PORT=9000 npm start

The README has all of them.`

try {
  const [word] = process.argv.slice(2)
  if (word === '--help' || word === '-h') say(HELP)
  else if (word === undefined) await start()
  else throw new LocalError(`"${word}" is not understood. ${HELP}`)
} catch (error) {
  const message = messageFor(error)
  if (message === undefined) throw error
  say(`\n${message}\n`)
  process.exitCode = 1
}

async function start(): Promise<void> {
  loadEnvFile()
  makeLocalFolder()
  const environment = localEnvironment()
  demandLocal(environment)
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
    await migrateOrExplain(url, 'It is the one that DATABASE_URL names.')
    return environment
  }
  const log = new LogFile(join(localFolder(), 'service.log'), say)
  const postgres = await startPostgres({
    dataFolder: join(localFolder(), 'postgres'),
    log: (line) => logPostgres(line, log),
  })
  const hint = `If its data is from another version of this project, move ${shortPath('postgres')} away.`
  ending.add(() => postgres.stop())
  if (!ending.hasBegun) await migrateOrExplain(postgres.url, hint)
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

/** What Postgres reports as routine goes to the log alone. */
function logPostgres(line: string, log: LogFile): void {
  log.write(`${JSON.stringify({ postgres: line })}\n`)
  if (!/^\s*(LOG|HINT|DETAIL|STATEMENT|CONTEXT):/.test(line)) say(line)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
