import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { SessionEndpoint } from '../../service/auth/session-endpoint.ts'
import { startBetterAuth } from '../support/better-auth-server.ts'
import type { BetterAuthServer } from '../support/better-auth-server.ts'
import { eventually } from '../support/eventually.ts'
import { comparable } from '../support/raw-http.ts'
import { sayWhole, scripted } from '../support/scripted-application.ts'
import { ORIGIN, startService } from '../support/service.ts'
import { bearer, signInWith, statusWith } from '../support/sign-in.ts'
import type { Header } from '../support/sign-in.ts'
import { ChatClient } from '../support/chat-client.ts'

const COOKIE = 'better-auth.session_token'
const TOKEN = 'a-session-token-of-32-characters'

async function startWithSessions(t: TestContext, url: string, environment = {}) {
  const application = scripted((chat) => sayWhole(chat, JSON.stringify(chat.user)))
  return await startService(t, {
    environment: { AUTH: 'session', SESSION_URL: url, SESSION_COOKIE: COOKIE, ...environment },
    replacements: { application },
  })
}

const startWith = (t: TestContext, server: BetterAuthServer) =>
  startWithSessions(t, `${server.url}/api/auth/get-session`)

const header = (token: string): Header => ['x-session-token', token]
/** How long a session may be taken for one after its end. */
const KNOWN_MS = 5_000
const own: Header = ['origin', ORIGIN]
const withCookie = (cookie: string): readonly Header[] => [['cookie', `theme=dark; ${cookie}`], own]

test('session token (Better Auth): a user is known by header and by cookie until the sign-out', async (t) => {
  const server = await startBetterAuth(t)
  const service = await startWith(t, server)
  const alice = await server.signUp('alice')
  const bob = await server.signUp('bob')
  const client = new ChatClient(service.url, '')
  const said = await client.say('Who am I?', undefined, {
    headers: { 'x-session-token': alice.token },
  })
  assert.match(said.text, new RegExp(`"userId":"${alice.id}"`))
  const mine = await signInWith(service, ...withCookie(alice.cookie))
  assert.ok(mine.status === 200 && mine.body.includes(said.threadId))
  const foreign = await signInWith(service, header(bob.token))
  assert.ok(foreign.status === 200 && !foreign.body.includes(said.threadId))
  await server.signOut(alice)
  const signedOutAt = Date.now()
  for (const headers of [[header(alice.token)], withCookie(alice.cookie)]) {
    await eventually(async () => {
      const askedAt = Date.now()
      const status = await statusWith(service, ...headers)
      assert.ok(status === 401 || askedAt <= signedOutAt + KNOWN_MS, 'known for too long')
      return status === 401
    })
  }
  assert.equal(await statusWith(service, header(bob.token)), 200)
})

test('what is no session of Better Auth is refused in the same words as nothing', async (t) => {
  const server = await startBetterAuth(t)
  const service = await startWith(t, server)
  const { token, cookie } = await server.signUp('alice')
  const first = await signInWith(service, own)
  assert.equal(first.status, 401)
  const unsigned = `${COOKIE}=${token}`
  const respelled = cookie.replace(/=(.)/, (_all, letter: string) => (letter === 'A' ? '=B' : '=A'))
  for (const headers of [
    [header(`${token}x`)],
    [header(token.slice(0, -1))],
    [header('')],
    [header(`${token} ${token}`)],
    [header(token), header(token)],
    [['x_session_token', token]],
    [bearer(token)],
    [['x-session-token', `${token}; ${cookie}`]],
    [['cookie', unsigned]],
    [['cookie', respelled]],
    [['cookie', `${COOKIE}=`]],
    [['cookie', `session_token=${token}`]],
  ] satisfies (readonly Header[])[]) {
    const answer = await signInWith(service, own, ...headers)
    assert.deepEqual(comparable(answer), comparable(first), JSON.stringify(headers))
  }
})

test('two sessions in one request must be of one user', async (t) => {
  const server = await startBetterAuth(t)
  const service = await startWith(t, server)
  const alice = await server.signUp('alice')
  const bob = await server.signUp('bob')
  const both = (token: string, cookie: string) =>
    statusWith(service, header(token), ...withCookie(cookie))
  assert.equal(await both(alice.token, alice.cookie), 200)
  assert.equal(await both(alice.token, bob.cookie), 401)
  assert.equal(await statusWith(service, ...withCookie(`${alice.cookie}; ${bob.cookie}`)), 401)
})

test('the tokens of Better Auth’s JWT plugin are known by the keys that it publishes', async (t) => {
  const server = await startBetterAuth(t)
  const alice = await server.signUp('alice')
  const token = await server.jwtOf(alice)
  const service = await startService(t, {
    environment: {
      AUTH: 'jwks',
      JWKS_URL: `${server.url}/api/auth/jwks`,
      JWKS_ISSUER: server.url,
      JWKS_AUDIENCE: server.url,
    },
  })
  assert.equal(await statusWith(service, bearer(token)), 200)
  assert.equal(await statusWith(service, bearer(`${token.slice(0, -8)}AAAAAAAA`)), 401)
})

/** A sign-in server that answers as a test says; it counts the questions. */
async function startEndpoint(t: TestContext, listener: RequestListener) {
  const state = { asked: 0, url: '', listener }
  const http = createServer((request, response) => {
    state.asked += 1
    state.listener(request, response)
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    http.closeAllConnections()
    http.close()
  })
  const address = http.address()
  state.url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/session`
  return state
}

const knows: RequestListener = (request, response) => {
  const isKnown = request.headers['x-session-token'] === TOKEN
  response.end(JSON.stringify(isKnown ? { user: { id: 'alice' } } : null))
}

// "Nobody says no" must never mean yes.
test('a sign-in server that does not answer as agreed lets nobody in: try again', async (t) => {
  const endpoint = await startEndpoint(t, knows)
  const service = await startWithSessions(t, endpoint.url)
  assert.equal(await statusWith(service, header(TOKEN)), 200)
  const ways: Readonly<Record<string, RequestListener>> = {
    'an error': (_request, response) => response.writeHead(500).end('{"user":{"id":"alice"}}'),
    'too many': (_request, response) => response.writeHead(429).end('null'),
    'not there': (_request, response) => response.writeHead(404).end('null'),
    redirection: (request, response) =>
      request.url?.endsWith('?yes')
        ? response.end('{"user":{"id":"alice"}}')
        : response.writeHead(302, { location: `${endpoint.url}?yes` }).end(),
    'a page': (_request, response) => response.end('<html>Welcome</html>'),
    'nothing at all': (_request, response) => response.end(),
    'a truth value': (_request, response) => response.end('true'),
    'a user without an id': (_request, response) => response.end('{"user":{"name":"alice"}}'),
    'a number that JSON rounds': (_request, response) =>
      response.end('{"user":{"id":9007199254740993},"session":{}}'),
    'a fraction': (_request, response) => response.end('{"user":{"id":1.5}}'),
    'a very long answer': (_request, response) =>
      response.end(JSON.stringify({ user: { id: 'alice', x: 'x'.repeat(70_000) } })),
    'a cut': (_request, response) => response.destroy(),
    silence: () => undefined,
  }
  for (const [index, [what, listener]] of Object.entries(ways).entries()) {
    endpoint.listener = listener
    const answer = await signInWith(service, header(`${TOKEN}-${index}`))
    assert.equal(answer.status, 503, what)
    assert.match(answer.body, /"identity_unavailable"/, what)
    assert.ok(
      answer.headers.some(([name]) => name === 'retry-after'),
      what,
    )
  }
  endpoint.listener = (_request, response) => response.writeHead(401).end()
  assert.equal(await statusWith(service, header(`${TOKEN}-unknown`)), 401)
})

test('an id may be a number, as far as two users cannot become one by reading it', async (t) => {
  const endpoint = await startEndpoint(t, (request, response) => {
    response.end(
      `{"user":{"id":${String(request.headers['x-session-token']).slice(TOKEN.length)}}}`,
    )
  })
  const failures: unknown[] = []
  const onFailure = (error: unknown) => void failures.push(error)
  const sessions = new SessionEndpoint({ url: endpoint.url, onFailure })
  const find = (id: string) => sessions.find({ 'x-session-token': `${TOKEN}${id}` })
  assert.equal((await find('42'))?.['sub'], '42')
  assert.equal((await find('9007199254740991'))?.['sub'], '9007199254740991')
  for (const id of ['9007199254740992', '9007199254740993', '1e30', '-1e400']) {
    await assert.rejects(find(id), { code: 'identity_unavailable' }, id)
  }
  assert.match(String(failures[0]), /user\.id: must be text, or a whole number below 2\^53/)
  assert.equal((await find('"9007199254740993"'))?.['sub'], '9007199254740993')
})

test('answers about sessions are kept for a moment, and refusals for less', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const endpoint = await startEndpoint(t, knows)
  const limits = { knownMs: 300, unknownMs: 60 }
  const sessions = new SessionEndpoint({ url: endpoint.url, limits, onFailure: () => undefined })
  const find = (token: string) => sessions.find({ 'x-session-token': token })
  const found = await Promise.all(Array.from({ length: 50 }, () => find(TOKEN)))
  assert.ok(found.every((claims) => claims?.['sub'] === 'alice'))
  assert.equal(endpoint.asked, 1)
  assert.equal(await find('unknown'), undefined)
  t.mock.timers.tick(80)
  assert.ok(await find(TOKEN))
  assert.equal(await find('unknown'), undefined)
  assert.equal(endpoint.asked, 3)
  t.mock.timers.tick(300)
  await find(TOKEN)
  assert.equal(endpoint.asked, 4)
  endpoint.listener = (_request, response) => response.destroy()
  assert.ok(await find(TOKEN))
  t.mock.timers.tick(320)
  await assert.rejects(find(TOKEN), { code: 'identity_unavailable' })
})

test('a session that ends meanwhile is not kept beyond its end', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const endpoint = await startEndpoint(t, (_request, response) => {
    const expiresAt = new Date(Date.now() + (endpoint.asked === 1 ? 100 : -1))
    response.end(JSON.stringify({ user: { id: 'alice' }, session: { expiresAt } }))
  })
  const sessions = new SessionEndpoint({ url: endpoint.url, onFailure: () => undefined })
  assert.ok(await sessions.find({ 'x-session-token': TOKEN }))
  t.mock.timers.tick(120)
  assert.equal(await sessions.find({ 'x-session-token': TOKEN }), undefined)
})

// Made-up tokens cost the sign-in server no more than it can bear, and this one no memory.
test('a flood of made-up tokens is bounded in questions and in memory', async (t) => {
  const held: (() => void)[] = []
  const endpoint = await startEndpoint(t, (request, response) => {
    held.push(() => knows(request, response))
  })
  const limits = { strangersAskingMax: 20, entriesMax: 30 }
  const sessions = new SessionEndpoint({ url: endpoint.url, limits, onFailure: () => undefined })
  const finds = Array.from({ length: 500 }, (_none, index) =>
    sessions.find({ 'x-session-token': `made-up-${index}` }).then(
      (claims) => claims,
      () => 'busy',
    ),
  )
  await eventually(() => held.length === 20)
  for (const answer of held.splice(0)) answer()
  const outcomes = await Promise.all(finds)
  assert.equal(outcomes.filter((outcome) => outcome === 'busy').length, 480)
  assert.equal(endpoint.asked, 20)
})

// Whoever has no credential at all could otherwise sign everybody out.
test('a flood of made-up tokens keeps nobody out who was known before', async (t) => {
  let isHolding = false
  const held: (() => void)[] = []
  const endpoint = await startEndpoint(t, (request, response) => {
    const isMadeUp = String(request.headers['x-session-token']).startsWith('made-up')
    if (isHolding && isMadeUp) held.push(() => knows(request, response))
    else knows(request, response)
  })
  const limits = { askingMax: 40, strangersAskingMax: 20, entriesMax: 30, knownMs: 0 }
  const sessions = new SessionEndpoint({ url: endpoint.url, limits, onFailure: () => undefined })
  const find = (token: string) => sessions.find({ 'x-session-token': token })
  assert.ok(await find(TOKEN))
  // All that there is room for in memory, and then all that may be asked at once.
  for (let index = 0; index < 100; index += 1) await find(`made-up-before-${index}`)
  isHolding = true
  const finds = Array.from({ length: 500 }, (_none, index) =>
    find(`made-up-${index}`).catch(() => undefined),
  )
  await eventually(() => held.length === 20)
  for (let count = 0; count < 5; count += 1) assert.ok(await find(TOKEN))
  for (const answer of held) answer()
  await Promise.all(finds)
})

// The sign-in server lets its users write most of what it knows of them.
test('what users may write about themselves is no plan, unless the configuration says so', async (t) => {
  const endpoint = await startEndpoint(t, (_request, response) =>
    response.end('{"user":{"id":"alice","plan":"pro"},"session":{}}'),
  )
  for (const [environment, plan] of [
    [{}, 'free'],
    [{ CLAIMS: '{"plan":"user.plan"}' }, 'pro'],
  ] as const) {
    const service = await startWithSessions(t, endpoint.url, environment)
    const headers = { 'x-session-token': TOKEN }
    const { text } = await new ChatClient(service.url, '').say('Hi', undefined, { headers })
    assert.match(text, new RegExp(`"plan":"${plan}"`))
  }
})
