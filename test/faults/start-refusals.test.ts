import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import type { Server } from 'node:net'
import { json, text } from 'node:stream/consumers'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { Client } from 'pg'
import { z } from 'zod'
import { createDatabase, serverUrl } from '../support/database.ts'
import { findFreePort } from '../support/free-port.ts'
import { JWT_SECRET, ORIGIN } from '../support/service.ts'
import { MAIN } from '../support/user-command.ts'

// An operator has the log of a task that has ended and nothing else, so it must say what to mend.

const HIDDEN = 'not-for-the-log'

test('a database that cannot be used is described, and its password is not repeated', async (t) => {
  const url = await createDatabase(t)
  const silent = await listen(t, createTcpServer())
  const closed = await findFreePort()
  for (const [change, fault] of [
    [(other) => (other.password = HIDDEN), /Postgres refuses the user or the password/],
    [(other) => (other.pathname = 'no_such_database'), /There is no database of that name/],
    [
      (other) => (other.hostname = 'no-such-host.invalid'),
      /The host of the database .* no address/,
    ],
    [(other) => (other.port = String(closed)), /No Postgres answers where/],
    [(other) => (other.port = String(silent)), /No Postgres answers where/],
  ] as const satisfies readonly (readonly [(other: URL) => void, RegExp])[]) {
    const other = new URL(url)
    change(other)
    assert.match(await refusal({ DATABASE_URL: other.href }, 'migrate', other.password), fault)
  }
  assert.match(await refusal({ DATABASE_URL: url, NODE_ENV: 'production' }), /offers no TLS/)
})

test('a database that may not be written to is described', async (t) => {
  for (const [setting, fault] of [
    ['default_transaction_read_only=on', /The database is read-only/],
    ['role=pg_monitor', /may not create tables/],
  ] as const) {
    const url = new URL(await emptyDatabase(t))
    url.searchParams.set('options', `-c ${setting}`)
    assert.match(await refusal({ DATABASE_URL: url.href }), fault)
  }
})

test('an address that cannot be listened on is described', async (t) => {
  const url = await createDatabase(t)
  const port = await listen(t, createTcpServer())
  const start = { DATABASE_URL: url }
  assert.match(await refusal({ ...start, PORT: String(port) }, 'serve'), /program listens on PORT/)
  assert.match(await refusal({ ...start, HOST: '192.0.2.1' }, 'serve'), /HOST is no address of/)
})

test('a secret that is none is described, and its value is not repeated', async (t) => {
  const values: Record<string, string> = { none: '', text: HIDDEN, other: `{"user":"${HIDDEN}"}` }
  const manager = createServer((request, response) => {
    void json(request).then((body) => {
      const { SecretId: id, VersionStage: stage } = Question.parse(body)
      const found = stage === 'AWSCURRENT' ? values[id] : undefined
      const type = id === 'denied' ? 'AccessDeniedException' : 'ResourceNotFoundException'
      response.statusCode = found === undefined ? 400 : 200
      response.end(JSON.stringify(found === undefined ? { __type: type } : { SecretString: found }))
    })
  })
  const port = await listen(t, manager)
  for (const [id, fault] of [
    ['none', /secret of DATABASE_SECRET_ID is not as RDS keeps it: JSON with host/],
    ['text', /secret of DATABASE_SECRET_ID is not as RDS keeps it: JSON with host/],
    ['other', /secret of DATABASE_SECRET_ID is not as RDS keeps it: JSON with host/],
    ['denied', /The secret denied cannot be read: the role of this process may not/],
    ['missing', /The secret missing has no value yet/],
  ] as const) {
    const said = await refusal({
      DATABASE_SECRET_ID: id,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'key',
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    })
    assert.match(said, fault)
  }
})

const Question = z.object({ SecretId: z.string(), VersionStage: z.string() })
const Line = z.object({ level: z.literal('fatal'), err: z.object({ message: z.string() }) })

/** What a process says that must not come to serve. */
async function refusal(
  environment: Readonly<Record<string, string>>,
  command = 'migrate',
  hidden = HIDDEN,
): Promise<string> {
  const env = {
    JWT_SECRET,
    FRONTEND_URL: ORIGIN,
    OPENAI_API_KEY: 'unused',
    HOST: '127.0.0.1',
    PORT: '0',
    ...environment,
  }
  const child = spawn(process.execPath, [MAIN, command], { env, timeout: 30_000 })
  const [output, warnings, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  assert.equal(code, 1, output + warnings)
  assert.doesNotMatch(output + warnings, new RegExp(`${hidden}|\\n\\s+at `))
  const last = output.trim().split('\n').at(-1) ?? ''
  return Line.parse(JSON.parse(last)).err.message
}

async function listen(t: TestContext, server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => server.close())
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

/** One without the tables of the service, which is what a first start finds. */
async function emptyDatabase(t: TestContext): Promise<string> {
  const name = `empty_${Math.random().toString(36).slice(2)}`
  const client = new Client(serverUrl())
  await client.connect()
  await client.query(`create database ${name} template template0`)
  t.after(async () => {
    await client.query(`drop database ${name} with (force)`)
    await client.end()
  })
  return Object.assign(new URL(serverUrl()), { pathname: name }).href
}
