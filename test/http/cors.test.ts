import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headerOf, sendRaw } from '../support/raw-http.ts'
import type { RawAnswer } from '../support/raw-http.ts'
import { input } from '../support/chat-client.ts'
import { sayWhole, scripted } from '../support/scripted-application.ts'
import { alice, startService, tokenOf } from '../support/service.ts'

const ALLOWED = ['https://app.example.com', 'http://localhost:5173'] as const

/** Origins that resemble an allowed one, and what else may stand in that header. */
const FOREIGN = [
  'https://evil.example',
  'https://example.com',
  'https://www.example.com',
  'https://app.example.com.evil.example',
  'https://app.example.comevil.example',
  'https://evilapp.example.com',
  'https://evil-app.example.com',
  'https://x.app.example.com',
  'https://app-example.com',
  'https://appXexample.com',
  'https://app.example.co',
  'https://app.example.como',
  'https://pp.example.com',
  'https://app.example.com.',
  'https://app..example.com',
  'https://.app.example.com',
  'https://app.example.com:443',
  'https://app.example.com:8443',
  'https://app.example.com:',
  'https://app.example.com/',
  'https://app.example.com/path',
  'https://app.example.com?',
  'https://app.example.com#',
  'https://app.example.com%00.evil.example',
  'https://app.example.com%2eevil.example',
  'https://app.example.com@evil.example',
  'https://user@app.example.com',
  'https://evil.example#https://app.example.com',
  'https://evil.example/https://app.example.com',
  'https://app.example.com https://evil.example',
  'https://app.example.com, https://evil.example',
  'https://APP.example.com',
  'HTTPS://app.example.com',
  'http://app.example.com',
  'wss://app.example.com',
  'app.example.com',
  '//app.example.com',
  'https://\xE4pp.example.com',
  'https://xn--pp-via.example.com',
  'http://localhost',
  'http://localhost:5174',
  'http://127.0.0.1:5173',
  'chrome-extension://abcdefghijklmnop',
  'file://',
  'null',
  '*',
  '.*',
  'undefined',
] as const

const HEADERS_NEEDED = [
  'content-type',
  'authorization',
  'x-session-token',
  'chatkit-frame-instance-id',
  'idempotency-key',
  'last-event-id',
]

type Ask = (origin: readonly (readonly [string, string])[]) => Promise<RawAnswer>

/** Every kind of answer there is, asked for with an origin. */
async function kindsOfAnswer(url: string): Promise<Readonly<Record<string, [number, Ask]>>> {
  const json = ['content-type', 'application/json'] as const
  const known = [json, ['authorization', `Bearer ${await tokenOf(alice)}`] as const]
  const create = JSON.stringify({ type: 'threads.create', params: { input: input('Hi') } })
  const list = JSON.stringify({ type: 'threads.list', params: {} })
  const preflight = [
    ['access-control-request-method', 'POST'],
    ['access-control-request-headers', 'authorization, x-evil'],
  ] as const
  return {
    preflight: [
      204,
      (origin) => sendRaw(url, { method: 'OPTIONS', headers: [...origin, ...preflight] }),
    ],
    JSON: [200, (origin) => sendRaw(url, { headers: [...origin, ...known], body: list })],
    'an event stream': [
      200,
      (origin) => sendRaw(url, { headers: [...origin, ...known], body: create }),
    ],
    401: [401, (origin) => sendRaw(url, { headers: [...origin, json], body: list })],
    404: [404, (origin) => sendRaw(url, { method: 'GET', path: '/x', headers: origin })],
    413: [
      413,
      (origin) => sendRaw(url, { headers: [...origin, ...known, ['content-length', '9000000']] }),
    ],
    health: [200, (origin) => sendRaw(url, { method: 'GET', path: '/health', headers: origin })],
  }
}

// A page on another origin could otherwise read its visitor's conversations.
test('only the exact origins of the configuration may read an answer, of whatever kind', async (t) => {
  const application = scripted((chat) => sayWhole(chat, 'Hello'))
  const service = await startService(t, {
    replacements: { application },
    environment: { FRONTEND_URL: ALLOWED.join(', ') },
  })
  const kinds = Object.entries(await kindsOfAnswer(service.url))
  assert.ok(FOREIGN.length >= 40)
  for (const [kind, [status, ask]] of kinds) {
    for (const origin of [...ALLOWED, ...FOREIGN]) {
      const answer = await ask([['origin', origin]])
      const isAllowed = ALLOWED.some((one) => one === origin)
      const what = `${kind} for ${origin}`
      assert.equal(answer.status, status, what)
      const allowed = headerOf(answer, 'access-control-allow-origin')
      assert.equal(allowed, isAllowed ? origin : undefined, what)
      assert.equal(headerOf(answer, 'access-control-allow-credentials'), undefined, what)
      assert.match(headerOf(answer, 'vary') ?? '', /\borigin\b/i, what)
      if (allowed === undefined) continue
      // Pages show these two to their users and to their own retries.
      assert.equal(headerOf(answer, 'access-control-expose-headers'), 'x-request-id, retry-after')
    }
    if (kind === 'preflight') continue
    const without = await ask([])
    assert.equal(headerOf(without, 'access-control-allow-origin'), undefined)
    // A cache must not give the answer for one origin to another, so this stands on both.
    assert.match(headerOf(without, 'vary') ?? '', /\borigin\b/i)
    const repeated = await ask([
      ['origin', ALLOWED[0]],
      ['origin', FOREIGN[0]],
    ])
    assert.equal(headerOf(repeated, 'access-control-allow-origin'), undefined)
  }
})

test('a preflight allows what the clients send, and nothing that it is asked for', async (t) => {
  const service = await startService(t)
  const headers = [
    ['origin', 'https://app.example.com'],
    ['access-control-request-method', 'DELETE'],
    ['access-control-request-headers', 'x-evil'],
  ] as const
  const answer = await sendRaw(service.url, { method: 'OPTIONS', headers })
  const allowed = headerOf(answer, 'access-control-allow-headers')?.split(', ') ?? []
  assert.deepEqual(allowed.toSorted(), HEADERS_NEEDED.toSorted())
  assert.equal(headerOf(answer, 'access-control-allow-methods'), 'POST')
  assert.equal(headerOf(answer, 'access-control-max-age'), '600')
  assert.equal(answer.body, '')
})
