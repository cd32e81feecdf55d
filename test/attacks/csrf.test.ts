import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { authenticator } from '../../service/auth/authenticator.ts'
import { ClaimMap } from '../../service/auth/claim-map.ts'
import { cookieNames, cookiesNamed } from '../../service/auth/cookies.ts'
import { SessionToken } from '../../service/auth/session-token.ts'
import { headerOf, sendRaw } from '../support/raw-http.ts'
import { ORIGIN, startService } from '../support/service.ts'
import type { Header } from '../support/sign-in.ts'

const TOKEN = 'a-session-token-of-32-characters'
const BODY = JSON.stringify({ type: 'threads.list', params: {} })

/** A sign-in server that knows one token, in a header and in every cookie. */
async function startEndpoint(t: TestContext): Promise<string> {
  const http = createServer(({ headers }, response) => {
    const shown = headers['x-session-token'] ?? headers.cookie?.split('=')[1]
    response.end(JSON.stringify(shown === TOKEN ? { user: { id: 'alice' } } : null))
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    http.closeAllConnections()
    http.close()
  })
  const address = http.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/session`
}

async function startWithCookies(t: TestContext, environment = {}) {
  const environmentOfTest = { AUTH: 'session', SESSION_URL: await startEndpoint(t) }
  return await startService(t, { environment: { ...environmentOfTest, ...environment } })
}

const cookie: Header = ['cookie', `session_token=${TOKEN}`]
const json: Header = ['content-type', 'application/json']
const own: Header = ['origin', ORIGIN]

// A browser adds the cookie to what any page makes it send.
test('a request with a cookie is taken from our own pages only, and as JSON only', async (t) => {
  const service = await startWithCookies(t)
  const status = async (...headers: readonly Header[]) =>
    (await sendRaw(service.url, { headers, body: BODY })).status
  assert.equal(await status(cookie, own, json), 200)
  assert.equal(await status(cookie, own, ['content-type', 'application/json; charset=utf-8']), 200)
  for (const headers of [
    [json],
    [json, ['origin', 'https://evil.example']],
    [json, ['origin', 'null']],
    [json, ['origin', '']],
    [json, ['origin', `${ORIGIN}.evil.example`]],
    [json, ['origin', ORIGIN.replace('https', 'http')]],
    [json, ['origin', `${ORIGIN}:443`]],
    [json, ['origin', `${ORIGIN}/`]],
    [json, ['origin', ORIGIN.toUpperCase()]],
    [json, own, own],
    [json, own, ['origin', 'https://evil.example']],
    [json, ['referer', `${ORIGIN}/`]],
    [own],
    [own, ['content-type', 'text/plain']],
    [own, ['content-type', 'application/x-www-form-urlencoded']],
    [own, ['content-type', 'text/plain; application/json']],
    [own, ['content-type', 'application/json-seq']],
    [
      ['content-type', 'text/plain'],
      ['origin', 'https://evil.example'],
    ],
  ] satisfies (readonly Header[])[]) {
    assert.equal(await status(cookie, ...headers), 403, JSON.stringify(headers))
  }
  // What no browser adds by itself needs none of this.
  assert.equal(await status(['x-session-token', TOKEN], json), 200)
})

test('an upload with a cookie is taken from our own pages only', async (t) => {
  const service = await startWithCookies(t)
  const form = '--x\r\ncontent-disposition: form-data; name="other"\r\n\r\nx\r\n--x--\r\n'
  const type: Header = ['content-type', 'multipart/form-data; boundary=x']
  const status = async (...headers: readonly Header[]) =>
    (await sendRaw(service.url, { path: '/chatkit/attachments', headers, body: form })).status
  assert.equal(await status(cookie, type), 403)
  assert.equal(await status(cookie, type, ['origin', 'https://evil.example']), 403)
  assert.equal(await status(type, own), 401)
  // Let in, and then told that the form lacks a file or that nothing is offered.
  assert.equal(await status(cookie, type, own), 400)
})

// A link or an image is a GET, and browsers send no Origin with many of them.
test('a GET with a cookie is nobody’s', async () => {
  const pattern = new SessionToken({
    endpoint: { find: () => Promise.resolve({ sub: 'alice' }) },
    cookieNames: ['session_token'],
    origins: [ORIGIN],
    claims: ClaimMap.parse({}),
  })
  const authenticate = authenticator([pattern], () => undefined)
  const request = {
    headers: { cookie: cookie[1], origin: ORIGIN, 'content-type': 'application/json' },
    rawHeaders: [],
    requestId: 'request_1',
  }
  assert.equal((await authenticate({ ...request, method: 'POST' })).userId, 'alice')
  for (const method of ['GET', 'HEAD', 'OPTIONS']) {
    await assert.rejects(authenticate({ ...request, method }), { code: 'origin_refused' })
  }
})

const preflight = (url: string, origin: string) =>
  sendRaw(url, {
    method: 'OPTIONS',
    headers: [
      ['origin', origin],
      ['access-control-request-method', 'POST'],
    ],
  })

test('browsers may add cookies where they are taken, for our own origins, and nowhere else', async (t) => {
  const credentials = 'access-control-allow-credentials'
  const withCookies = await startWithCookies(t)
  const answer = await preflight(withCookies.url, ORIGIN)
  assert.equal(headerOf(answer, credentials), 'true')
  assert.equal(headerOf(answer, 'access-control-allow-origin'), ORIGIN)
  const foreign = await preflight(withCookies.url, 'https://evil.example')
  assert.equal(headerOf(foreign, 'access-control-allow-origin'), undefined)
  const without = await startWithCookies(t, { SESSION_COOKIE: 'none' })
  assert.equal(headerOf(await preflight(without.url, ORIGIN), credentials), undefined)
  const headers = [cookie, own, json]
  assert.equal((await sendRaw(without.url, { headers, body: BODY })).status, 401)
  const tokens = await startService(t)
  assert.equal(headerOf(await preflight(tokens.url, ORIGIN), credentials), undefined)
})

// Any neighbour under the same domain can plant a cookie, unless its name says otherwise.
test('in production a cookie counts with a prefix that browsers guard', () => {
  assert.deepEqual(cookieNames('session_token', true), [
    '__Secure-session_token',
    '__Host-session_token',
  ])
  assert.ok(cookieNames('session_token', false).includes('session_token'))
  assert.deepEqual(cookieNames('__Secure-s', true), ['__Secure-s'])
  // Browsers guard what begins with the prefix, and with nothing before it.
  const names = cookieNames('session_token', true)
  for (const before of ['\xa0', '\ufeff', '\u2003', '\v', '\f', '\x85', '\xc2\xa0']) {
    const header = `${before}__Secure-session_token=${TOKEN}; x=1;${before}__Host-session_token=x`
    assert.deepEqual(cookiesNamed(header, names), [], JSON.stringify(before))
  }
  assert.deepEqual(cookiesNamed(`a=b; \t__Secure-session_token=${TOKEN} \t; c=d`, names), [
    { name: '__Secure-session_token', value: TOKEN },
  ])
})
