import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { Client } from 'pg'
import { UPLOADS_AT_ONCE } from '../../service/http/limits.ts'
import { PNG, startWithFolder } from '../attachments/upload.ts'
import { eventually } from '../support/eventually.ts'
import { headerOf, open, sendRaw, toText } from '../support/raw-http.ts'
import { alice, bob, otherAlice, startService, tokenOf } from '../support/service.ts'
import type { TestService } from '../support/service.ts'
import type { Header } from '../support/sign-in.ts'

const PARALLEL = 300
const AT_ONCE_MAX = 60 // the default
const BODY = JSON.stringify({ type: 'threads.list', params: {} })
const JSON_TYPE: Header = ['content-type', 'application/json']

async function known(subject = alice): Promise<Header> {
  return ['authorization', `Bearer ${await tokenOf(subject)}`]
}

async function statusOf(service: TestService, subject = alice): Promise<number> {
  const headers = [JSON_TYPE, await known(subject)]
  return (await sendRaw(service.url, { headers, body: BODY })).status
}

/** Holds what every request of alice has to write. */
async function lockOut(t: TestContext, { databaseUrl }: TestService): Promise<Client> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  t.after(() => client.end())
  await client.query('begin')
  const { rowCount } = await client.query(
    `select 1 from request_windows where user_id = 'alice' for update`,
  )
  assert.equal(rowCount, 1)
  return client
}

test(`of ${PARALLEL} requests of one user at once most are refused, and another user does not wait`, async (t) => {
  const service = await startService(t)
  assert.equal(await statusOf(service), 200)
  // The worst that can be: whatever is let in stands still, with a connection to Postgres.
  const lock = await lockOut(t, service)
  const refused: (string | undefined)[] = []
  const others: number[] = []
  const headers = [JSON_TYPE, await known()]
  const flood = Array.from({ length: PARALLEL }, async () => {
    const answer = await sendRaw(service.url, { headers, body: BODY })
    if (answer.status === 429) refused.push(headerOf(answer, 'retry-after'))
    else others.push(answer.status)
  })
  await eventually(() => refused.length + others.length >= PARALLEL - AT_ONCE_MAX)
  for (const subject of [bob, otherAlice, bob]) {
    assert.equal(await statusOf(service, subject), 200)
  }
  assert.ok(!others.includes(200), 'meanwhile none of the others was answered')
  await lock.query('rollback')
  await Promise.all(flood)
  assert.deepEqual(new Set(refused), new Set(['1']))
  assert.ok(others.length >= AT_ONCE_MAX, String(others.length))
  // Those that waited too long are told to try again, in the same words as without a database.
  assert.deepEqual(
    others.filter((status) => status !== 200 && status !== 503),
    [],
  )
  assert.equal(await statusOf(service), 200)
})

/** A request that has begun and does not go on. */
async function begin(
  t: TestContext,
  service: TestService,
  { path = '/chatkit', type = 'application/json', body = '{' },
) {
  const socket = open(service.url)
  socket.on('error', () => undefined)
  t.after(() => socket.destroy())
  const headers = [['content-type', type], await known(), ['content-length', '900000']] as const
  socket.write(toText({ path, headers, body }))
  return socket
}

// What one user may have in memory is then as much as so many bodies, however long they take.
test('requests whose bodies do not come count until they end, and those of others do not', async (t) => {
  const service = await startService(t, { environment: { REQUESTS_AT_ONCE_MAX: '7' } })
  const sockets = await Promise.all(Array.from({ length: 7 }, () => begin(t, service, {})))
  await eventually(async () => (await statusOf(service)) === 429)
  assert.equal(await statusOf(service, bob), 200)
  assert.equal(await statusOf(service, otherAlice), 200, 'another organisation, another user')
  for (const socket of sockets) socket.destroy()
  await eventually(async () => (await statusOf(service)) === 200)
})

const FORM = 'multipart/form-data; boundary=x'
const FILE =
  '--x\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n' +
  'content-type: text/plain\r\n\r\nbeginning'
const upload = { path: '/chatkit/attachments', type: FORM, body: FILE }

test('one user may have so many files on their way, and the chat goes on beside them', async (t) => {
  const { service } = await startWithFolder(t)
  const { userMax } = UPLOADS_AT_ONCE
  await Promise.all(Array.from({ length: userMax }, () => begin(t, service, upload)))
  const headers: Header[] = [['content-type', FORM], await known(), ['content-length', '900000']]
  const { path } = upload
  const next = () => sendRaw(service.url, { path, headers, body: FILE }).catch(() => undefined)
  await eventually(async () => (await next())?.status === 429)
  assert.equal(await statusOf(service), 200)
})

// A file of the greatest size would otherwise be read and written before its user hears of a limit.
test('an upload is counted before its file is read', async (t) => {
  const { service } = await startWithFolder(t, {
    environment: { QUOTAS: '{"default":{"user":{"requestsPerMinute":2}}}' },
  })
  const form = new FormData()
  form.append('file', new File([new Uint8Array(PNG)], 'a.bin', { type: 'application/zip' }))
  const [, token] = await known()
  for (const expected of [415, 415, 429]) {
    const { status } = await fetch(`${service.url}${upload.path}`, {
      method: 'POST',
      body: form,
      headers: { authorization: token },
    })
    assert.equal(status, expected)
  }
  const headers: Header[] = [['content-type', FORM], await known(), ['content-length', '900000']]
  const answer = await sendRaw(service.url, { path: upload.path, headers })
  assert.equal(answer.status, 429, 'and of the next one not a byte is waited for')
})
