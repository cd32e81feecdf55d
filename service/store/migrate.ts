import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runner } from 'node-pg-migrate'
import { Client } from 'pg'
import type { ClientConfig } from 'pg'
import type { Logger } from '../log.ts'
import { migrations } from './migrations/migrations.ts'

const CONNECT_MS_MAX = 10_000

/**
 * Brings the database up to this version. Processes that start at once wait for each other: one of
 * them does the work. Migrations only go forward, and all that are due succeed or none.
 */
export async function migrate(connection: ClientConfig, log: Logger): Promise<void> {
  // The library reads files, and the production image has none but the bundle.
  const folder = await mkdtemp(join(tmpdir(), 'chatkit-migrations-'))
  try {
    for (const [name, sql] of Object.entries(migrations)) {
      await writeFile(join(folder, name), sql)
    }
    const done = await withClient(connection, (dbClient) =>
      runner({
        dbClient,
        dir: folder,
        direction: 'up',
        migrationsTable: 'migrations',
        advisoryLockMode: 'wait',
        singleTransaction: true,
        log: () => undefined,
      }),
    )
    if (done.length > 0) log.info({ migrations: done.map(({ name }) => name) }, 'database migrated')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * A connection that is closed when this returns. The library does not wait for the end of its own,
 * and what Postgres says on that last, as when it stops, would end the process.
 */
async function withClient<Result>(
  connection: ClientConfig,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({ connectionTimeoutMillis: CONNECT_MS_MAX, ...connection })
  // A connection that breaks fails the statement that needs it.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
