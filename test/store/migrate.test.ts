import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { migrate } from '../../service/store/migrate.ts'
import { migrations } from '../../service/store/migrations/migrations.ts'
import { createDatabase } from '../support/database.ts'
import { LogBuffer } from '../support/log-buffer.ts'
import { query } from '../support/query.ts'
import { alice, startService } from '../support/service.ts'

const PROCESSES = 6

async function createEmptyDatabase(t: TestContext): Promise<string> {
  const databaseUrl = await createDatabase(t)
  await query(databaseUrl, 'drop schema public cascade; create schema public')
  return databaseUrl
}

async function applied(databaseUrl: string): Promise<string[]> {
  const rows = await query<{ name: string }>(databaseUrl, 'select name from migrations order by id')
  return rows.map((row) => row.name)
}

const names = Object.keys(migrations).map((file) => file.replace(/\.sql$/, ''))

// A deployment starts several tasks at one moment, and each brings the database up to date.
test('of processes that start at once one migrates and all succeed', async (t) => {
  const connectionString = await createEmptyDatabase(t)
  const logs = Array.from({ length: PROCESSES }, () => new LogBuffer())
  await Promise.all(logs.map(({ log }) => migrate({ connectionString }, log)))
  assert.equal(logs.flatMap((log) => log.lines('database migrated')).length, 1)
  assert.deepEqual(await applied(connectionString), names)
})

// What Postgres says last on a connection that is only about to end would end the process.
test('no connection is left when the database is up to date', async (t) => {
  const connectionString = await createDatabase(t)
  const before = openSockets()
  await migrate({ connectionString }, new LogBuffer().log)
  assert.equal(openSockets(), before)
})

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
}

test('a database that is up to date is left alone', async (t) => {
  const connectionString = await createDatabase(t)
  const buffer = new LogBuffer()
  await migrate({ connectionString }, buffer.log)
  assert.equal(buffer.text, '')
  assert.deepEqual(await applied(connectionString), names)
})

test('every migration in the folder is in the bundle, in the order of its number', () => {
  const folder = `${import.meta.dirname}/../../service/store/migrations`
  const files = readdirSync(folder).filter((file) => file.endsWith('.sql'))
  assert.deepEqual(Object.keys(migrations), files.toSorted())
  for (const [index, file] of files.toSorted().entries()) {
    assert.ok(file.startsWith(`${String(index + 1).padStart(4, '0')}_`), file)
  }
})

// While a deployment rolls, and when it is rolled back, tasks of the version before start anew.
test('a database that a newer version has migrated is served by the older one', async (t) => {
  const databaseUrl = await createDatabase(t)
  await query(databaseUrl, `insert into migrations (name, run_on) values ('9999_newer', now())`)
  const service = await startService(t, { databaseUrl })
  const said = await (await service.as(alice)).say('Hello')
  assert.notEqual(said.text, '')
  assert.deepEqual(await applied(databaseUrl), [...names, '9999_newer'])
})

// Half a schema would be worse than none: the next start could neither go on nor begin again.
test('a migration that fails leaves nothing behind and stops the start', async (t) => {
  const databaseUrl = await createEmptyDatabase(t)
  await query(databaseUrl, 'create table run_chunks (mine text)') // the last one of the first file
  await assert.rejects(startService(t, { databaseUrl }))
  const tables = await query(
    databaseUrl,
    `select tablename from pg_tables where schemaname = 'public' and tablename <> 'migrations'`,
  )
  assert.deepEqual(tables, [{ tablename: 'run_chunks' }])
})
