import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError, loadConfig } from '../../service/config.ts'
import { forgeToken, validClaims } from '../support/forged-token.ts'
import { newSigningKey, signToken, startKeyServer } from '../support/key-server.ts'
import { comparable } from '../support/raw-http.ts'
import { JWT_SECRET, startService } from '../support/service.ts'
import { bearer, signInWith, statusWith } from '../support/sign-in.ts'

const complete = {
  DATABASE_URL: 'postgres://u:p@localhost/d',
  FRONTEND_URL: 'https://app.example.com',
  OPENAI_API_KEY: 'sk-test',
}
const ISSUER = 'https://login.example.com'
const jwks = {
  JWKS_URL: 'https://login.example.com/jwks.json',
  JWKS_ISSUER: ISSUER,
  JWKS_AUDIENCE: 'chat',
}
const session = { SESSION_URL: 'https://app.example.com/api/auth/get-session' }

function faultsOf(variables: Readonly<Record<string, string | undefined>>): readonly string[] {
  try {
    loadConfig({}, { ...complete, ...variables })
    return []
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.message
      .split('\n')
      .slice(1)
      .map((fault) => fault.trim())
  }
}

test('a pattern starts with all that it needs, and only if it is named', () => {
  for (const variables of [
    { JWT_SECRET },
    { AUTH: 'jwt', JWT_SECRET },
    { AUTH: 'jwks', ...jwks },
    { AUTH: 'session', ...session },
    { AUTH: 'session', ...session, SESSION_COOKIE: 'none' },
    { AUTH: 'gateway', GATEWAY_SECRET: JWT_SECRET },
    { AUTH: 'gateway', GATEWAY_SECRET_SECRET_ID: 'gateway' },
    { AUTH: 'custom' },
    { AUTH: 'jwt, jwks,session', JWT_SECRET, ...jwks, ...session },
  ]) {
    assert.deepEqual(faultsOf(variables), [], JSON.stringify(variables))
  }
  for (const [variables, ...faults] of [
    [{}, /^JWT_SECRET is missing/],
    [{ AUTH: 'none' }, /^AUTH: is "none", must be one or several of jwt, jwks/],
    [{ AUTH: 'jwt,jwt', JWT_SECRET }, /^AUTH: .* each once/],
    [{ AUTH: 'jwt,', JWT_SECRET }, /^AUTH/],
    [{ AUTH: 'JWT', JWT_SECRET }, /^AUTH/],
    [{ AUTH: 'jwks' }, /^JWKS_URL is missing/, /^JWKS_ISSUER is/, /^JWKS_AUDIENCE is/],
    [{ AUTH: 'jwks', ...jwks, JWKS_AUDIENCE: '' }, /^JWKS_AUDIENCE is missing/],
    [{ AUTH: 'session' }, /^SESSION_URL is missing/],
    [{ AUTH: 'gateway' }, /^GATEWAY_SECRET is missing/],
    [{ AUTH: 'gateway', GATEWAY_SECRET: 'short' }, /^GATEWAY_SECRET: has 5 bytes/],
    [
      { AUTH: 'gateway', GATEWAY_SECRET: 'change-me-kD3vT8qWz1LxP5rNc7HbY2mF9s' },
      /^GATEWAY_SECRET: looks like a placeholder/,
    ],
    [{ JWT_SECRET, ...jwks }, /^JWKS_URL is set, but AUTH does not name jwks/],
    [{ JWT_SECRET, ...session }, /^SESSION_URL is set, but AUTH does not/],
    [{ JWT_SECRET, GATEWAY_SECRET: JWT_SECRET }, /^GATEWAY_SECRET is set, but AUTH does not/],
    [{ AUTH: 'session', ...session, SESSION_COOKIE: 'a;b' }, /^SESSION_COOKIE: /],
  ] as const) {
    const found = faultsOf(variables)
    assert.equal(found.length, faults.length, JSON.stringify([variables, found]))
    for (const [index, fault] of faults.entries()) assert.match(found[index] ?? '', fault)
  }
})

// What is asked over an open line, anybody on the way can answer.
test('keys and sessions are asked for over HTTPS, on this machine alone without', () => {
  const auth = { AUTH: 'jwks,session', ...jwks, ...session }
  for (const name of ['JWKS_URL', 'SESSION_URL']) {
    for (const url of ['http://localhost:1/x', 'http://127.0.0.1:1/x', 'http://[::1]:1/x']) {
      assert.deepEqual(faultsOf({ ...auth, [name]: url }), [], url)
      const [fault = ''] = faultsOf({ ...auth, [name]: url, NODE_ENV: 'production' })
      assert.match(fault, new RegExp(`^${name} must be an https address in production`))
    }
    for (const url of [
      'http://login.example.com/x',
      'http://localhost.example.com/x',
      'http://127.0.0.1.example.com/x',
      'https://user:password@login.example.com/x',
      'file:///etc/passwd',
      'login.example.com',
    ]) {
      const [fault = ''] = faultsOf({ ...auth, [name]: url })
      assert.match(fault, new RegExp(`^${name}: must be an https address`), url)
      assert.ok(!fault.includes('password@'))
    }
  }
})

test('tokens of two kinds are each judged by their own keys', async (t) => {
  const key = await newSigningKey('ES256', 'k1')
  const server = await startKeyServer(t, key)
  const service = await startService(t, {
    environment: { AUTH: 'jwt,jwks', ...jwks, JWKS_URL: server.url },
  })
  const claims = { ...validClaims(), iss: ISSUER, aud: 'chat' }
  assert.equal(await statusWith(service, bearer(forgeToken(validClaims()))), 200)
  assert.equal(await statusWith(service, bearer(await signToken(key, claims))), 200)
  const first = await signInWith(service)
  const x = String(key.jwk.x)
  for (const token of [
    await signToken(key, { ...claims, iss: 'https://other.example.com' }),
    forgeToken(claims, { header: { alg: 'ES256', kid: 'k1' } }),
    forgeToken(claims, { secret: x, header: { alg: 'HS256', kid: 'k1' } }),
    forgeToken(claims, { secret: JSON.stringify(key.jwk) }),
    forgeToken(claims, { header: { alg: ['HS256', 'ES256'] } }),
    forgeToken(claims, { header: { alg: 'none' } }),
    'e30.e30.AAAA',
  ]) {
    assert.deepEqual(comparable(await signInWith(service, bearer(token))), comparable(first), token)
  }
})

test('the pattern for a team’s own code lets nobody in until there is some', async (t) => {
  const service = await startService(t, { environment: { AUTH: 'custom' } })
  for (const header of [bearer(forgeToken(validClaims())), ['x-user-id', 'alice'] as const]) {
    assert.equal(await statusWith(service, header), 401)
  }
})
