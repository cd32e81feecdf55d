import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { input } from '../support/chat-client.ts'
import { eventually } from '../support/eventually.ts'
import { LogBuffer } from '../support/log-buffer.ts'
import { headerOf, open, readAnswer, sendRaw, toText } from '../support/raw-http.ts'
import type { RawRequest } from '../support/raw-http.ts'
import { beginMessage, sayWhole, scripted, untilAborted } from '../support/scripted-application.ts'
import { alice, startService, tokenOf } from '../support/service.ts'

const json = ['content-type', 'application/json'] as const
const application = scripted((chat) => sayWhole(chat, 'Hello'))

async function bearer() {
  return ['authorization', `Bearer ${await tokenOf(alice)}`] as const
}

const nowhere: readonly RawRequest[] = [
  { method: 'GET' },
  { method: 'PUT', body: '{}' },
  { method: 'DELETE' },
  { method: 'PATCH', body: '{}' },
  { path: '/' },
  { path: '/chatkit/' },
  { path: '/chatkit/x' },
  { path: '//chatkit' },
  { path: '/ChatKit' },
  { path: '/health' },
  { method: 'GET', path: '/health/../chatkit' },
  { method: 'GET', path: '/.env' },
  { method: 'GET', path: '/metrics' },
  { method: 'GET', path: '/chatkit?type=threads.list' },
]

test('where nothing is, the answer has the form of every failure and names no address', async (t) => {
  const service = await startService(t)
  for (const request of nowhere) {
    // With a body announced that never comes: nothing is read where nothing is.
    const headers = [json, ['content-length', '1000000'] as const]
    const answer = await sendRaw(service.url, { ...request, headers })
    assert.equal(answer.status, 404, JSON.stringify(request))
    assert.deepEqual(JSON.parse(answer.body), {
      code: 'route_not_found',
      detail: 'There is nothing at this address.',
      message: 'There is nothing at this address.',
    })
  }
})

test('every answer has an id of its own and the headers that keep browsers from mischief', async (t) => {
  const buffer = new LogBuffer()
  const service = await startService(t, { replacements: { application, log: buffer.log } })
  const known = [json, await bearer()]
  const create = JSON.stringify({ type: 'threads.create', params: { input: input('Hi') } })
  const origin = ['origin', 'https://app.example.com'] as const
  const preflight = [origin, ['access-control-request-method', 'POST'] as const]
  const ids = new Set<string>()
  for (const [request, status] of [
    [{ headers: known, body: '{"type":"threads.list","params":{}}' }, 200],
    [{ headers: known, body: create }, 200],
    [{ headers: known, body: '{' }, 400],
    [{ headers: known, body: '{"type":"threads.get_by_id","params":{"thread_id":"x"}}' }, 404],
    [{ headers: [json], body: '{}' }, 401],
    [{ headers: [...known, ['content-length', '9000000'] as const] }, 413],
    [{ headers: known.slice(1), body: '{}' }, 415],
    [{ method: 'GET', path: '/health' }, 200],
    [{ method: 'GET', path: '/ready' }, 200],
    [{ method: 'GET', path: '/nothing' }, 404],
    [{ method: 'OPTIONS', headers: preflight }, 204],
    [{ method: 'OPTIONS' }, 400],
    [{ method: 'OPTIONS', headers: [origin] }, 400],
    [{ path: '/%zz-canary' }, 400],
    [{ headers: [...known, ['expect', 'a-miracle']], body: '{}' }, 400],
    [
      {
        headers: [
          ['content-length', '2'],
          ['transfer-encoding', 'chunked'],
        ],
      },
      400,
    ],
    [{ headers: [['x-long', 'x'.repeat(17 * 1024)]] }, 431],
  ] as const) {
    const answer = await sendRaw(service.url, request)
    assert.equal(answer.status, status)
    const header = (name: string) => headerOf(answer, name) ?? ''
    assert.match(header('x-request-id'), /^req_[0-9a-z]{30}$/)
    ids.add(header('x-request-id'))
    assert.equal(header('strict-transport-security'), 'max-age=31536000; includeSubDomains')
    assert.equal(header('x-content-type-options'), 'nosniff')
    const policy = "default-src 'none';base-uri 'none';frame-ancestors 'none'"
    assert.equal(header('content-security-policy'), policy)
    assert.match(header('cache-control'), /^no-(store|cache, no-transform)$/)
    assert.equal(header('referrer-policy'), 'no-referrer')
    assert.equal(header('x-powered-by') + header('server'), '')
    assert.ok(!answer.body.includes('canary'), answer.body)
    if (status < 400) continue
    const { code, detail, message } = JSON.parse(answer.body)
    assert.match(code, /^[a-z_]+$/)
    assert.ok(message?.length > 0 && detail === message, answer.body)
  }
  assert.equal(ids.size, 17)
  // Whatever was told an id is in the log under it.
  await eventually(() => [...ids].every((id) => buffer.text.includes(id)))
})

test('a request without a host is refused like any other', async (t) => {
  const service = await startService(t)
  const socket = open(service.url)
  socket.write('GET /health HTTP/1.1\r\n\r\n')
  const answer = await readAnswer(socket)
  socket.destroy()
  assert.equal(answer.status, 400)
  assert.match(answer.body, /"code":"invalid_request"/)
  assert.match(headerOf(answer, 'x-request-id') ?? '', /^req_/)
})

// What reads the answer would take the refusal for a part of it.
test('what comes after a request and is none ends the connection, and adds nothing to the answer', async (t) => {
  const talking = scripted(async (chat) => {
    const answer = await beginMessage(chat)
    await answer.add('word')
    await untilAborted(chat.signal)
  })
  const service = await startService(t, { replacements: { application: talking } })
  const socket = open(service.url)
  let heard = ''
  socket.setEncoding('utf8').on('data', (text) => (heard += String(text)))
  const body = JSON.stringify({ type: 'threads.create', params: { input: input('Hi') } })
  socket.write(toText({ headers: [json, await bearer()], body }))
  await eventually(() => heard.includes('word'))
  socket.write('\x00 garbage\r\n\r\n')
  await once(socket, 'close')
  assert.equal(heard.match(/HTTP\/1\.1/g)?.length, 1)
})

// The number that a user reads out must not be one that a stranger has chosen.
test('an id that the client brings along is not the id of the request', async (t) => {
  const service = await startService(t)
  const headers = [['x-request-id', 'mine'] as const, ['request-id', 'mine'] as const]
  const answer = await sendRaw(service.url, { method: 'GET', path: '/health', headers })
  assert.match(headerOf(answer, 'x-request-id') ?? '', /^req_/)
})

test('an address that cannot be decoded and headers without end are refused', async (t) => {
  const service = await startService(t)
  const address = await sendRaw(service.url, { method: 'GET', path: '/%E0%A4%A' })
  assert.equal(address.status, 400)
  assert.equal(JSON.parse(address.body).code, 'invalid_request')
  assert.match(headerOf(address, 'x-request-id') ?? '', /^req_/)
  const headers = [['x-long', 'x'.repeat(17 * 1024)] as const]
  const { status } = await sendRaw(service.url, { headers })
  assert.equal(status, 431)
})

// What is sent in two ways is read in one way by the balancer and in another by the service.
test('a request that could be read as two is refused', async (t) => {
  const service = await startService(t)
  const known = [json, await bearer()]
  for (const doubtful of [
    [
      ['content-length', '2'],
      ['transfer-encoding', 'chunked'],
    ],
    [
      ['content-length', '2'],
      ['content-length', '3'],
    ],
    [
      ['transfer-encoding', 'chunked'],
      ['transfer-encoding', 'identity'],
    ],
    [['transfer-encoding', 'xchunked']],
    [['content-length', '+2']],
    [['content-length ', '2']],
  ] as const) {
    const headers = [...known, ...doubtful]
    const answer = await sendRaw(service.url, { headers, body: '{}' })
    assert.equal(answer.status, 400, JSON.stringify(doubtful))
  }
})

test('time-outs are those of the configuration', async (t) => {
  const service = await startService(t, {
    environment: {
      KEEP_ALIVE_SECONDS: '77',
      HEADERS_TIMEOUT_SECONDS: '78',
      REQUEST_TIMEOUT_SECONDS: '79',
    },
  })
  const { keepAliveTimeout, headersTimeout, requestTimeout } = service.service.app.server
  assert.deepEqual([keepAliveTimeout, headersTimeout, requestTimeout], [77_000, 78_000, 79_000])
})
