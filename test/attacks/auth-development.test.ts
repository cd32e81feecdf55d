import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError, loadConfig } from '../../service/config.ts'
import { headerOf, sendRaw } from '../support/raw-http.ts'
import { alice, ORIGIN, startService, tokenOf } from '../support/service.ts'
import { bearer, statusWith } from '../support/sign-in.ts'
import type { Header } from '../support/sign-in.ts'

const complete = {
  DATABASE_URL: 'postgres://u:p@localhost/d',
  FRONTEND_URL: 'https://app.example.com',
  OPENAI_API_KEY: 'sk-test',
}

function refusalOf(variables: Readonly<Record<string, string>>): string {
  try {
    loadConfig({}, { ...complete, ...variables })
    return ''
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.message
  }
}

// Whoever reaches the port is whoever they say.
test('development header x-user-id: start-up refuses it in production', () => {
  for (const auth of ['development', 'jwt,development', ' development ,session']) {
    for (const beyond of ['true', 'false']) {
      const refusal = refusalOf({
        AUTH: auth,
        NODE_ENV: 'production',
        HOST: '127.0.0.1',
        DEVELOPMENT_BEYOND_LOOPBACK: beyond,
      })
      assert.match(refusal, /AUTH: development .* it is impossible in production/, auth)
    }
  }
})

test('development header x-user-id: other machines reach it only where that is said', () => {
  const AUTH = 'development'
  for (const HOST of ['', '0.0.0.0', '::', '10.0.0.7', 'example.com', 'localhost.example.com']) {
    assert.match(refusalOf({ AUTH, HOST }), /AUTH: development .* set HOST=127.0.0.1/, HOST)
    assert.equal(refusalOf({ AUTH, HOST, DEVELOPMENT_BEYOND_LOOPBACK: 'true' }), '', HOST)
  }
  for (const HOST of ['127.0.0.1', '::1', 'localhost']) assert.equal(refusalOf({ AUTH, HOST }), '')
})

test('on a machine of one’s own the header is believed, and a page may send it', async (t) => {
  const service = await startService(t, {
    environment: { AUTH: 'jwt,development', HOST: '127.0.0.1' },
  })
  const user: Header = ['x-user-id', 'alice']
  const org: Header = ['x-org-id', 'acme']
  assert.equal(await statusWith(service, user), 200)
  assert.equal(await statusWith(service, user, org), 200)
  assert.equal(await statusWith(service, user, org, bearer(await tokenOf(alice))), 200)
  // Here the header is an identity of its own, and there must not be two.
  assert.equal(await statusWith(service, user, bearer(await tokenOf(alice))), 401)
  assert.equal(await statusWith(service, user, user), 401)
  assert.equal(await statusWith(service, user, ['x_user_id', 'alice']), 401)
  assert.equal(await statusWith(service, org), 401)
  const preflight = await sendRaw(service.url, {
    method: 'OPTIONS',
    headers: [
      ['origin', ORIGIN],
      ['access-control-request-method', 'POST'],
    ],
  })
  assert.match(headerOf(preflight, 'access-control-allow-headers') ?? '', /x-user-id/)
})

test('without the pattern the header is nobody', async (t) => {
  const service = await startService(t)
  assert.equal(await statusWith(service, ['x-user-id', 'alice']), 401)
})
