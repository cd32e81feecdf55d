import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { exportSPKI } from 'jose'
import { RemoteKeys } from '../../service/auth/remote-keys.ts'
import { eventually } from '../support/eventually.ts'
import { encode, forgeToken, signText } from '../support/forged-token.ts'
import { newSigningKey, signToken, startKeyServer } from '../support/key-server.ts'
import type { KeyServer } from '../support/key-server.ts'
import { comparable } from '../support/raw-http.ts'
import { startService } from '../support/service.ts'
import { bearer, signInWith, statusWith } from '../support/sign-in.ts'

const ISSUER = 'https://login.example.com'
const AUDIENCE = 'chat'
const HOUR = 3_600
const now = () => Math.floor(Date.now() / 1_000)
const claims = () => ({ sub: 'alice', iss: ISSUER, aud: AUDIENCE, exp: now() + HOUR })

const rsa = await newSigningKey('RS256', 'rsa')
const ec = await newSigningKey('ES256', 'ec')
const ed = await newSigningKey('EdDSA', 'ed')
const stranger = await newSigningKey('ES256', 'ec')

async function startWithKeys(t: TestContext, server: KeyServer, environment = {}) {
  return await startService(t, {
    environment: {
      AUTH: 'jwks',
      JWKS_URL: server.url,
      JWKS_ISSUER: ISSUER,
      JWKS_AUDIENCE: AUDIENCE,
      ...environment,
    },
  })
}

test('tokens of a provider are known by its RSA, elliptic and Edwards keys', async (t) => {
  const service = await startWithKeys(t, await startKeyServer(t, rsa, ec, ed))
  for (const key of [rsa, ec, ed]) {
    assert.equal(await statusWith(service, bearer(await signToken(key, claims()))), 200, key.alg)
  }
})

/** Every way to make a service verify with a key that is not the provider's, or not at all. */
async function forgeries(): Promise<Readonly<Record<string, string>>> {
  const pem = await exportSPKI(await importPublic(rsa.jwk))
  const jwk = stranger.jwk
  const signed = (header: object) => signToken(stranger, claims(), { ...header })
  return {
    'HMAC by the public key as PEM': forgeToken(claims(), { secret: pem }),
    'HMAC by the public key as PEM, with its id': forgeToken(claims(), {
      secret: pem,
      header: { alg: 'HS256', kid: 'rsa' },
    }),
    'HMAC by the modulus': forgeToken(claims(), {
      secret: String(rsa.jwk.n),
      header: { alg: 'HS256', kid: 'rsa' },
    }),
    'HMAC that says RS256': signText(
      `${encode({ alg: 'RS256', kid: 'rsa' })}.${encode(claims())}`,
      pem,
    ),
    'no algorithm': `${encode({ alg: 'none', kid: 'ec' })}.${encode(claims())}.AA`,
    'another key under a known id': await signed({}),
    'a key of its own': await signed({ jwk }),
    'an address of its own': await signed({ jku: 'https://evil.example/jwks.json' }),
    'a certificate of its own': await signed({ x5u: 'https://evil.example/c', x5c: ['AAAA'] }),
    'an unknown id': await signToken(ec, claims(), { kid: 'other' }),
    'an id that is a path': await signToken(ec, claims(), { kid: '../../dev/null' }),
    'an RSA key under the id of another': await signToken(rsa, claims(), { kid: 'ec' }),
    PS256: await signToken(await newSigningKey('PS256', 'rsa'), claims()),
    RS512: await signToken(await newSigningKey('RS512', 'rsa'), claims()),
    ES384: await signToken(await newSigningKey('ES384', 'ec'), claims()),
    'a payload that is not encoded': await signToken(ec, claims(), { b64: true, crit: ['b64'] }),
  }
}

async function importPublic(jwk: object): Promise<CryptoKey> {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  return await crypto.subtle.importKey('jwk', jwk, algorithm, true, ['verify'])
}

/** Claims that a good key has signed and that are wrong all the same. */
const wrong: Readonly<Record<string, object>> = {
  expired: { exp: now() - 61 },
  'without an end': { exp: undefined },
  'with a text as its end': { exp: String(now() + HOUR) },
  'from the future': { iat: now() + HOUR },
  'not valid yet': { nbf: now() + HOUR },
  'of nobody': { sub: undefined },
  'of a number': { sub: 7 },
  'of another issuer': { iss: `${ISSUER}/` },
  'without an issuer': { iss: undefined },
  'for another audience': { aud: 'mail' },
  'without an audience': { aud: undefined },
}

// Whoever knows a public key must not be able to sign, and everybody knows it.
test('JWKS: no key confusion, and no header chooses the key; a refusal is one of many', async (t) => {
  let asked = 0
  const evil = createServer((_request, response) => {
    asked += 1
    response.end(JSON.stringify({ keys: [stranger.jwk] }))
  }).listen(0, '127.0.0.1')
  t.after(() => evil.close())
  await once(evil, 'listening')
  const service = await startWithKeys(t, await startKeyServer(t, rsa, ec, ed))
  assert.equal(await statusWith(service, bearer(await signToken(ec, claims()))), 200)
  const first = await signInWith(service)
  assert.equal(first.status, 401)
  const address = evil.address()
  const port = typeof address === 'object' ? address?.port : 0
  const jku = await signToken(stranger, claims(), { jku: `http://127.0.0.1:${port}/` })
  const tokens = { ...(await forgeries()), 'an address that answers': jku }
  for (const [what, token] of Object.entries(tokens)) {
    assert.deepEqual(comparable(await signInWith(service, bearer(token))), comparable(first), what)
  }
  for (const [what, claim] of Object.entries(wrong)) {
    const token = await signToken(ec, { ...claims(), ...claim })
    assert.deepEqual(comparable(await signInWith(service, bearer(token))), comparable(first), what)
  }
  assert.equal(asked, 0)
})

test('a token of the provider has one spelling, too', async (t) => {
  const service = await startWithKeys(t, await startKeyServer(t, ec))
  const token = await signToken(ec, claims())
  for (const spelling of [`${token}=`, `${token}.x`, token.replace('.', '..')]) {
    assert.equal(await statusWith(service, bearer(spelling)), 401)
  }
  assert.equal(await statusWith(service, bearer(token)), 200)
})

test('a provider rotates its keys: the new one is found, the old one ends', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const old = await newSigningKey('ES256', 'old')
  const next = await newSigningKey('ES256', 'next')
  const server = await startKeyServer(t, old)
  const pace = { coolDownMs: 50, refreshMs: 100 }
  const keys = new RemoteKeys({ url: server.url, pace, onFailure: () => undefined })
  assert.ok(await keys.keyFor({ alg: 'ES256', kid: 'old' }))
  await assert.rejects(keys.keyFor({ alg: 'ES256', kid: 'next' }), /no applicable key/)
  server.publish(old, next)
  t.mock.timers.tick(60)
  assert.ok(await keys.keyFor({ alg: 'ES256', kid: 'next' }))
  assert.equal(server.asked, 2)
  server.publish(next)
  t.mock.timers.tick(100)
  await eventually(async () => {
    const gone = await keys.keyFor({ alg: 'ES256', kid: 'old' }).catch(() => 'gone')
    return gone === 'gone'
  })
})

test('a provider that is slow, down or talks nonsense: known keys go on, unknown ones wait', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const server = await startKeyServer(t, ec)
  const failures: unknown[] = []
  const pace = { coolDownMs: 20, refreshMs: 20 }
  const onFailure = (error: unknown) => failures.push(error)
  const keys = new RemoteKeys({ url: server.url, pace, onFailure })
  const known = () => keys.keyFor({ alg: 'ES256', kid: 'ec' })
  await known()
  for (const [what, behaviour] of Object.entries<KeyServer['behaviour']>({
    'an error': (response) => response.writeHead(500).end('{"keys":[]}'),
    'a redirection': (response) => response.writeHead(302, { location: server.url }).end(),
    'no JSON': (response) => response.end('<html>'),
    'no keys': (response) => response.end('{"keys":[]}'),
    'another shape': (response) => response.end('{"keys":{"kty":"EC"}}'),
    'too much': (response) => response.end(`{"keys":[{"kty":"EC"}],"x":"${'x'.repeat(70_000)}"}`),
    'a cut': (response) => response.destroy(),
  })) {
    server.behaviour = behaviour
    const before = failures.length
    t.mock.timers.tick(25)
    assert.ok(await known(), what)
    await eventually(() => failures.length > before)
    assert.ok(await known(), what)
    t.mock.timers.tick(25)
    const unknown = keys.keyFor({ alg: 'ES256', kid: 'new' })
    await assert.rejects(unknown, { code: 'identity_unavailable', status: 503 }, what)
  }
})

// A slow provider must not make everybody wait who has a key that is known.
test('nobody with a known key waits for a slow provider', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const server = await startKeyServer(t, ec)
  const pace = { coolDownMs: 20, refreshMs: 20 }
  const failures: unknown[] = []
  const onFailure = (error: unknown) => failures.push(error)
  const keys = new RemoteKeys({ url: server.url, pace, onFailure })
  await keys.keyFor({ alg: 'ES256', kid: 'ec' })
  let isAsked = false
  server.behaviour = () => (isAsked = true)
  t.mock.timers.tick(25)
  assert.ok(await keys.keyFor({ alg: 'ES256', kid: 'ec' }))
  assert.equal(failures.length, 0, 'the provider has not been given up yet')
  await eventually(() => isAsked)
})

test('keys end when nobody has confirmed them for too long', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const server = await startKeyServer(t, ec)
  const pace = { coolDownMs: 10, refreshMs: 20, outageMs: 200 }
  const keys = new RemoteKeys({ url: server.url, pace, onFailure: () => undefined })
  await keys.keyFor({ alg: 'ES256', kid: 'ec' })
  server.behaviour = (response) => response.destroy()
  t.mock.timers.tick(220)
  const ended = keys.keyFor({ alg: 'ES256', kid: 'ec' })
  await assert.rejects(ended, { code: 'identity_unavailable' })
})

// Tokens with made-up ids cost their sender nothing.
test('a flood of unknown ids asks the provider no more often than the cool-down', async (t) => {
  for (const isDown of [false, true]) {
    const server = await startKeyServer(t, ec)
    const pace = { coolDownMs: 60_000 }
    const keys = new RemoteKeys({ url: server.url, pace, onFailure: () => undefined })
    if (isDown) server.behaviour = (response) => response.destroy()
    for (let count = 0; count < 200; count += 1) {
      await assert.rejects(keys.keyFor({ alg: 'ES256', kid: `made-up-${count}` }))
    }
    assert.ok(server.asked <= 2, `${server.asked} questions`)
  }
})

test('a provider that has never answered lets nobody in, and says to try again', async (t) => {
  const server = await startKeyServer(t, ec)
  server.behaviour = (response) => response.destroy()
  const service = await startWithKeys(t, server)
  const answer = await signInWith(service, bearer(await signToken(ec, claims())))
  assert.equal(answer.status, 503)
  assert.match(answer.body, /"identity_unavailable"/)
  assert.ok(answer.headers.some(([name]) => name === 'retry-after'))
  assert.equal(await statusWith(service, bearer(forgeToken(claims()))), 401)
})
