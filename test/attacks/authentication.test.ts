import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fastify } from 'fastify'
import { authenticator } from '../../service/auth/authenticator.ts'
import { BearerJwt } from '../../service/auth/bearer-jwt.ts'
import { ClaimMap } from '../../service/auth/claim-map.ts'
import { chatKitRoutes } from '../../service/http/chatkit-routes.ts'
import { encode, forgeToken, signText, validClaims } from '../support/forged-token.ts'
import { comparable, headerOf, sendRaw } from '../support/raw-http.ts'
import { alice, JWT_SECRET, startService, tokenOf } from '../support/service.ts'

const HOUR = 3_600
const now = () => Math.floor(Date.now() / 1_000)
const bearer = (token: string) => [['authorization', `Bearer ${token}`] as const]
const withHeader = (header: object) => bearer(forgeToken(validClaims(), { header }))
const withClaims = (claims: object) => bearer(forgeToken({ ...validClaims(), ...claims }))
const unsigned = (header: object) => `${encode(header)}.${encode(validClaims())}.`

/** The same signature in another spelling: the last letter has two bits that mean nothing. */
function respelled(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet.indexOf(token.at(-1) ?? '')
  return token.slice(0, -1) + alphabet.charAt(last ^ 1)
}

const good = forgeToken(validClaims())

/** Everything that is not a valid token, and the headers it comes in. */
const strangers: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'no token': [],
  'an empty header': [['authorization', '']],
  'a scheme without a token': [['authorization', 'Bearer']],
  'another scheme': [['authorization', `Basic ${good}`]],
  'no scheme': [['authorization', good]],
  'two spaces': [['authorization', `Bearer  ${good}`]],
  'a tab': [['authorization', `Bearer\t${good}`]],
  'words after the token': [['authorization', `Bearer ${good} ${good}`]],
  'a list of tokens': [['authorization', `Bearer ${good}, Bearer ${good}`]],
  'two headers': [...bearer(good), ...bearer(good)],
  'a bad header after a good one': [...bearer(good), ['authorization', 'Bearer x']],
  'another header': [['x-authorization', `Bearer ${good}`]],
  'a cookie': [['cookie', `authorization=${good}; session_token=${good}`]],
  garbage: bearer('garbage'),
  'three parts of garbage': bearer('a.b.c'),
  'a token cut short': bearer(good.slice(0, -8)),
  'four parts': bearer(`${good}.x`),
  'a token as JSON': bearer(`{"payload":"${good.split('.')[1]}"}`),
  'a huge token': withClaims({ filler: 'x'.repeat(8_192) }),
  'another key': bearer(forgeToken(validClaims(), { secret: `${JWT_SECRET}x` })),
  'an empty key': bearer(forgeToken(validClaims(), { secret: '' })),
  'no algorithm and no signature': bearer(unsigned({ alg: 'none' })),
  'none in other letters': bearer(unsigned({ alg: 'nOnE' })),
  'no algorithm, signed all the same': withHeader({ alg: 'none' }),
  'a header without an algorithm': withHeader({ typ: 'JWT' }),
  'RS256 by HMAC': withHeader({ alg: 'RS256' }),
  'ES256 by HMAC': withHeader({ alg: 'ES256' }),
  HS384: bearer(forgeToken(validClaims(), { header: { alg: 'HS384' }, hash: 'sha384' })),
  HS512: bearer(forgeToken(validClaims(), { header: { alg: 'HS512' }, hash: 'sha512' })),
  'HS256 that is HS512': bearer(forgeToken(validClaims(), { hash: 'sha512' })),
  'a key of its own': bearer(
    forgeToken(validClaims(), {
      header: { alg: 'HS256', jwk: { kty: 'oct', k: 'eA' }, kid: '../../dev/null' },
      secret: 'x',
    }),
  ),
  'an extension that is not known': withHeader({ alg: 'HS256', crit: ['exp'], exp: 1 }),
  'an empty list of extensions': withHeader({ alg: 'HS256', crit: [] }),
  'a payload that is not encoded': withHeader({ alg: 'HS256', b64: false }),
  'the same, announced': withHeader({ alg: 'HS256', b64: false, crit: ['b64'] }),
  'another spelling of the signature': bearer(respelled(good)),
  'padding after the signature': bearer(`${good}=`),
  'plain base64': bearer(
    signText(
      `${encode({ alg: 'HS256' })}.${Buffer.from('{"sub":">>>???"}').toString('base64')}`,
      JWT_SECRET,
    ),
  ),
  'a payload that is a list': bearer(forgeToken([validClaims()])),
  expired: withClaims({ exp: now() - HOUR }),
  'expired a minute ago': withClaims({ exp: now() - 61 }),
  'without an end': withClaims({ exp: undefined }),
  'with a text as its end': withClaims({ exp: String(now() + HOUR) }),
  'with null as its end': withClaims({ exp: null }),
  'not valid yet': withClaims({ nbf: now() + HOUR }),
  'with a text as its beginning': withClaims({ nbf: 'now' }),
  'from the future': withClaims({ iat: now() + HOUR }),
  'of nobody': withClaims({ sub: undefined }),
  'of a number': withClaims({ sub: 7 }),
  'of an empty name': withClaims({ sub: '' }),
  'of a list': withClaims({ sub: ['alice'] }),
  'of a name with a line break': withClaims({ sub: 'alice\nadmin' }),
  'of a name without an end': withClaims({ sub: 'a'.repeat(256) }),
  'of an organisation that is a number': withClaims({ org_id: 7 }),
  'of an organisation without a name': withClaims({ org_id: '' }),
}

// Whatever is different about a refusal tells a stranger how far a forgery has come.
test('a request without a valid token is refused in the same words, its body unread', async (t) => {
  const service = await startService(t)
  // A megabyte is announced and never sent: an answer that needs it would not come.
  const announced = [
    ['content-type', 'application/json'],
    ['content-length', '1000000'],
  ] as const
  const first = await sendRaw(service.url, { headers: announced })
  assert.equal(first.status, 401)
  assert.deepEqual(JSON.parse(first.body), {
    code: 'unauthenticated',
    detail: 'Sign in to continue.',
    message: 'Sign in to continue.',
  })
  for (const [what, headers] of Object.entries(strangers)) {
    const answer = await sendRaw(service.url, { headers: [...announced, ...headers] })
    assert.deepEqual(comparable(answer), comparable(first), what)
  }
})

test('a valid token is let in, also one that a slow clock has signed', async (t) => {
  const service = await startService(t)
  const spellings = [
    good,
    await tokenOf(alice),
    forgeToken({ ...validClaims(), exp: now() - 20, iat: now() + 20, nbf: now() + 20 }),
    forgeToken({ ...validClaims(), org_id: undefined }),
    forgeToken(validClaims(), { header: { alg: 'HS256', kid: 'any', jku: 'https://x.example' } }),
  ]
  for (const token of spellings) {
    const body = JSON.stringify({ type: 'threads.list', params: {} })
    const headers = [['content-type', 'application/json'] as const, ...bearer(token)]
    assert.equal((await sendRaw(service.url, { headers, body })).status, 200)
  }
})

test('an issuer and an audience that are configured must be in the token', async (t) => {
  const issuer = 'https://login.example.com'
  const service = await startService(t, {
    environment: { JWT_ISSUER: issuer, JWT_AUDIENCE: 'chat' },
  })
  for (const [claims, status] of [
    [{ iss: issuer, aud: 'chat' }, 200],
    [{ iss: issuer, aud: ['web', 'chat'] }, 200],
    [{ iss: issuer }, 401],
    [{ aud: 'chat' }, 401],
    [{ iss: `${issuer}/`, aud: 'chat' }, 401],
    [{ iss: [issuer], aud: 'chat' }, 401],
    [{ iss: issuer, aud: 'chatter' }, 401],
    [{ iss: issuer, aud: [] }, 401],
  ] as const) {
    const body = JSON.stringify({ type: 'threads.list', params: {} })
    const headers = [['content-type', 'application/json'] as const, ...withClaims(claims)]
    const answer = await sendRaw(service.url, { headers, body })
    assert.equal(answer.status, status, JSON.stringify(claims))
  }
})

// A proxy in front of other services sets such headers; here anybody could.
test('headers that name a user change nothing, with a token and without', async (t) => {
  const service = await startService(t)
  const { threadId } = await (await service.as(alice)).say('Hello')
  const names = ['user-id', 'org-id', 'plan', 'forwarded-user', 'session-token', 'role']
  const claimed = names.flatMap((name) => [
    [`x-${name}`, 'mallory'] as const,
    [`X_${name.replaceAll('-', '_')}`, 'mallory'] as const,
    [`x-${name}`, 'admin'] as const,
  ])
  const body = JSON.stringify({ type: 'threads.list', params: {} })
  const headers = [['content-type', 'application/json'] as const, ...claimed]
  const answer = await sendRaw(service.url, {
    headers: [...headers, ...bearer(await tokenOf(alice))],
    body,
  })
  assert.equal(answer.status, 200)
  assert.ok(answer.body.includes(threadId))
  assert.equal((await sendRaw(service.url, { headers, body })).status, 401)
})

// Protection must come from where a route is registered, not from somebody's memory.
test('a route that is added beside /chatkit is protected as well', async (t) => {
  const app = fastify()
  t.after(() => app.close())
  app.decorateRequest('context')
  app.decorateRequest('operation')
  const jwt = new BearerJwt({
    secrets: () => Promise.resolve([JWT_SECRET]),
    claims: ClaimMap.parse({}),
  })
  await app.register(async (scope) => {
    await chatKitRoutes(scope, {
      authenticate: authenticator([jwt], () => undefined),
      answer: () => Promise.reject(new Error('not asked here')),
      uploads: {
        bytesMax: () => 1_000,
        demand: () => undefined,
        count: () => Promise.resolve(),
        add: () => Promise.reject(new Error('not asked here')),
      },
      heartbeatMs: 1_000,
      onFirstByte: () => undefined,
      bodyLimits: { bytesMax: 1_000, dictationBytesMax: 1_000 },
      requestsAtOnceMax: 10,
    })
    scope.get('/chatkit/export', (request) => ({ user: request.context?.userId }))
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const route = { method: 'GET', path: '/chatkit/export' }
  assert.equal((await sendRaw(url, route)).status, 401)
  const answer = await sendRaw(url, { ...route, headers: bearer(good) })
  assert.equal(answer.body, '{"user":"alice"}')
  assert.equal(headerOf(answer, 'content-type'), 'application/json; charset=utf-8')
})
