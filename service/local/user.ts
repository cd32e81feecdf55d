import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadConfig } from '../config.ts'
import { runUserCommand } from '../user-command.ts'
import { LocalError, messageFor, textOf } from './local-error.ts'
import { LOCAL_ROLE, ensureCluster } from './postgres-cluster.ts'
import { systemCode } from './postgres-error.ts'
import { findPlace } from './postgres-place.ts'
import { isAlive } from './postgres-running.ts'
import { startPostgres } from './postgres.ts'
import { loadEnvFile, localEnvironment, localFolder } from './settings.ts'

// `npm run user -- export|erase --user ID`: the command of the service on the local database,
// whether `npm start` runs or not, or on the one that DATABASE_URL names.

const PORT_LINE = 3 // of the file in which Postgres says what it runs as

try {
  await main(process.argv.slice(2))
} catch (error) {
  const message = messageFor(error)
  if (message === undefined) throw error
  process.stderr.write(`${message}\n`)
  process.exitCode = 1
}

async function main(args: readonly string[]): Promise<void> {
  loadEnvFile()
  const environment = localEnvironment()
  const runOn = async (url: string) => {
    const config = loadConfig({ modelKey: false }, { ...environment, DATABASE_URL: url })
    try {
      await runUserCommand(args, config)
    } catch (cause) {
      // A code is from the network or from Postgres, whose words name no password.
      if (systemCode(cause) === undefined) throw cause
      const name = environment['DATABASE_URL'] ? 'DATABASE_URL' : 'npm start'
      throw new LocalError(`The database of ${name} refused it: ${textOf(rootOf(cause))}`, {
        cause,
      })
    }
  }
  const given = environment['DATABASE_URL'] ?? (await runningUrl())
  if (given !== undefined) return await runOn(given)
  await using postgres = await startPostgres({ dataFolder: postgresFolder() })
  await runOn(postgres.url)
}

/** What the store failed on: its own words are for users of the page. */
function rootOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? rootOf(error.cause) : error
}

/** Where the database of `npm start` is, if it runs. */
async function runningUrl(): Promise<string | undefined> {
  const place = await findPlace(postgresFolder(), () => undefined)
  const lines = await readFile(join(place.cluster, 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number.parseInt(lines, 10)
  if (!(pid > 0) || !isAlive(pid)) return undefined
  const password = await ensureCluster(place, true)
  return `postgres://${LOCAL_ROLE}:${password}@127.0.0.1:${lines.split('\n')[PORT_LINE]}/postgres`
}

function postgresFolder(): string {
  return join(localFolder(), 'postgres')
}
