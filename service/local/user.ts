import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadConfig } from '../config.ts'
import { runUserCommand } from '../user-command.ts'
import { LOCAL_ROLE, ensureCluster } from './postgres-cluster.ts'
import { findPlace } from './postgres-place.ts'
import { isAlive } from './postgres-running.ts'
import { LocalPostgresError, startPostgres } from './postgres.ts'
import { loadEnvFile, localEnvironment, localFolder } from './settings.ts'

// `npm run user -- export|erase --user ID`: the command of the service on the local database,
// whether `npm start` runs or not, or on the one that DATABASE_URL names.

const PORT_LINE = 3 // of the file in which Postgres says what it runs as

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof LocalPostgresError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}

async function main(args: readonly string[]): Promise<void> {
  loadEnvFile()
  const environment = localEnvironment()
  const runOn = (url: string) =>
    runUserCommand(args, loadConfig({ modelKey: false }, { ...environment, DATABASE_URL: url }))
  const given = environment['DATABASE_URL'] ?? (await runningUrl())
  if (given !== undefined) return await runOn(given)
  await using postgres = await startPostgres({ dataFolder: postgresFolder() })
  await runOn(postgres.url)
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
