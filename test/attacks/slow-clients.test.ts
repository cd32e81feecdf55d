import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { createServer } from '../../service/http/server.ts'
import type { ServerOptions } from '../../service/http/server.ts'
import { createLog } from '../../service/log.ts'
import { createDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { open, sendRaw, toText } from '../support/raw-http.ts'
import { tokenOf } from '../support/service.ts'
import { ServiceProcess } from '../support/service-process.ts'
import type { Header } from '../support/sign-in.ts'

const CONNECTIONS = 300
const USERS = 10
const HEADERS_SECONDS = 2
const REQUEST_SECONDS = 4
const DRIP_MS = 200
/**
 * What a busy machine may add. Without time-outs that are looked at in time it would be half a
 * minute.
 */
const LATE_MS_MAX = 12_000
const BODY = JSON.stringify({ type: 'threads.list', params: {} })

async function start(t: TestContext): Promise<ServiceProcess> {
  return await ServiceProcess.start(t, {
    DATABASE_URL: await createDatabase(t),
    HEADERS_TIMEOUT_SECONDS: String(HEADERS_SECONDS),
    REQUEST_TIMEOUT_SECONDS: String(REQUEST_SECONDS),
    OPENAI_API_KEY: 'sk-not-asked',
    QUOTAS: '{"default":{}}',
  })
}

async function headersOf(user: string): Promise<Header[]> {
  return [
    ['content-type', 'application/json'],
    ['authorization', `Bearer ${await tokenOf({ user })}`],
  ]
}

interface Ended {
  readonly heard: string
  readonly afterMs: number
}

/** A client that sends the beginning of something, and then a piece now and then. */
function drip(t: TestContext, url: string, [beginning, piece]: readonly [string, string]) {
  const socket = open(url)
  const startedAt = performance.now()
  let heard = ''
  socket.setEncoding('latin1').on('data', (text) => (heard += String(text)))
  socket.on('error', () => undefined)
  socket.write(beginning)
  const timer = setInterval(() => socket.writable && socket.write(piece), DRIP_MS)
  t.after(() => socket.destroy())
  return new Promise<Ended>((resolve) => {
    socket.on('close', () => {
      clearInterval(timer)
      resolve({ heard, afterMs: performance.now() - startedAt })
    })
  })
}

/** Asks for something again and again, one after the other, while something else goes on. */
async function askWhile(url: string, others: Promise<unknown>): Promise<readonly number[]> {
  const headers = await headersOf('healthy')
  const statuses: number[] = []
  const state = { goesOn: true }
  const end = others.finally(() => (state.goesOn = false))
  while (state.goesOn) statuses.push((await sendRaw(url, { headers, body: BODY })).status)
  await end
  return statuses
}

async function assertEnded(url: string, clients: readonly Promise<Ended>[], seconds: number) {
  const statuses = await askWhile(url, Promise.all(clients))
  assert.ok(statuses.length > 3, 'others are answered meanwhile')
  assert.deepEqual(new Set(statuses), new Set([200]))
  for (const { heard, afterMs } of await Promise.all(clients)) {
    assert.match(heard, /^HTTP\/1\.1 408 /)
    assert.match(heard, /"code":"request_too_slow"/)
    assert.ok(afterMs > seconds * 1_000 - DRIP_MS, `ended after ${afterMs} ms`)
    assert.ok(afterMs < seconds * 1_000 + LATE_MS_MAX, `ended after ${afterMs} ms`)
  }
}

test(`slowloris: ${CONNECTIONS} requests whose headers do not end are ended in time, and others are answered`, async (t) => {
  const { url } = await start(t)
  const beginning = `POST /chatkit HTTP/1.1\r\nhost: test\r\n`
  const clients = Array.from({ length: CONNECTIONS }, () => drip(t, url, [beginning, 'x-a: b\r\n']))
  await assertEnded(url, clients, HEADERS_SECONDS)
})

test(`slow body: ${CONNECTIONS} requests whose bodies do not end are ended in time, and others are answered`, async (t) => {
  const { url } = await start(t)
  const beginnings: string[] = []
  for (let user = 0; user < USERS; user += 1) {
    const headers = [...(await headersOf(`slow-${user}`)), ['content-length', '100000'] as const]
    beginnings.push(toText({ headers, body: '{"type":' }))
  }
  const clients = Array.from({ length: CONNECTIONS }, (_none, index) =>
    drip(t, url, [beginnings[index % USERS] ?? '', ' ']),
  )
  await assertEnded(url, clients, REQUEST_SECONDS)
})

const ANSWER = Buffer.alloc(32 * 1024 * 1024) // more than any kernel holds for a connection
const UNREAD = 20

/** The server alone, which waits one second for its clients. */
const options: ServerOptions = {
  cors: { origins: [], takesCookies: false, headers: [] },
  keepAliveMs: 60_000,
  headersMs: 1_000,
  requestMs: 1_000,
  log: createLog('silent'),
  health: { isDraining: () => false, isDatabaseReachable: () => Promise.resolve(true) },
  onAnswered: () => undefined,
  chatKit: {
    authenticate: () => Promise.reject(new Error('not asked here')),
    answer: () => Promise.reject(new Error('not asked here')),
    uploads: {
      bytesMax: () => 1,
      demand: () => undefined,
      count: () => Promise.resolve(),
      add: () => Promise.reject(new Error('not asked here')),
    },
    heartbeatMs: 1_000,
    onFirstByte: () => undefined,
    bodyLimits: { bytesMax: 1, dictationBytesMax: 1 },
    requestsAtOnceMax: 1,
  },
}

// A stream has its own rule, see http/slow-reader.
test(`slow read: ${UNREAD} answers that are not read end with their connections, and others are answered`, async (t) => {
  const app = await createServer(options)
  app.get('/large', (_request, reply) => reply.send(ANSWER))
  const connections = new Set<Socket>()
  app.server.on('connection', (socket: Socket) => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
  })
  t.after(() => app.close())
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  for (let count = 0; count < UNREAD; count += 1) {
    const socket = open(url)
    socket.on('error', () => undefined)
    t.after(() => socket.destroy())
    socket.pause()
    socket.write('GET /large HTTP/1.1\r\nhost: test\r\n\r\n')
  }
  await eventually(() => connections.size === UNREAD)
  const ended = eventually(() => connections.size <= 1)
  let answered = 0
  while (connections.size > 1) {
    assert.equal((await sendRaw(url, { method: 'GET', path: '/health' })).status, 200)
    answered += 1
  }
  await ended
  assert.ok(answered > 3)
})
