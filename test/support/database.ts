import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, DatabaseError } from 'pg'

const TEMPLATE = 'template_chatkit'
const CLONE_ATTEMPTS = 50
const RETRY_DELAY_MS = 100
const OBJECT_IN_USE = '55006'

/**
 * Creates a database for one test, with the schema of the service and no rows; returns its URL.
 *
 * It is dropped after the test, connections or not, when all other `after` hooks have run.
 */
export async function createDatabase(t: TestContext): Promise<string> {
  const database = await openDatabase(serverUrl())
  // Hooks run in the order of their registration. Registered from within a hook, this one comes
  // last, so that whoever uses the database can close first.
  t.after(() => {
    t.after(() => database[Symbol.asyncDispose]())
  })
  return database.url
}

export interface TestDatabase extends AsyncDisposable {
  readonly url: string
}

/** The same on a given server; it is dropped, connections or not, when it is disposed of. */
export async function openDatabase(server: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`
  await cloneTemplate(server, name)
  const url = new URL(server)
  url.pathname = name
  return {
    url: url.href,
    [Symbol.asyncDispose]: () => execute(server, `drop database if exists ${name} with (force)`),
  }
}

/** The server that `npm test` runs its files against. */
export function serverUrl(): string {
  const url = process.env['TEST_DATABASE_URL']
  if (url) return url
  throw new Error('This test needs a database: run it with "npm test -- <path of the test>".')
}

/** Postgres refuses to copy a template that somebody is connected to, so that is repeated. */
async function cloneTemplate(server: string, name: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await execute(server, `create database ${name} template ${TEMPLATE}`)
      return
    } catch (error) {
      const busy = error instanceof DatabaseError && error.code === OBJECT_IN_USE
      if (!busy || attempt === CLONE_ATTEMPTS) throw error
    }
    await sleep(RETRY_DELAY_MS)
  }
}

async function execute(server: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: server })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
