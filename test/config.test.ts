import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError, loadConfig } from '../service/config.ts'
import type { ConfigNeeds } from '../service/config.ts'

const complete = {
  DATABASE_URL: 'postgres://user:hunter2@db.example.com:5432/chat',
  JWT_SECRET: 'kD3vT8qWz1LxP5rNc7HbY2mF9sJg4aUe',
  OPENAI_API_KEY: 'sk-hunter2',
  FRONTEND_URL: 'https://app.example.com',
}

type Variables = Readonly<Record<string, string | undefined>>

/** What `loadConfig` complains of, one entry a line; empty when it does not. */
function faultsOf(variables: Variables, needs: ConfigNeeds = {}): string[] {
  try {
    loadConfig(needs, variables)
    return []
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    const [title, ...faults] = error.message.split('\n')
    assert.equal(title, 'The environment is not complete:')
    return faults.map((fault) => fault.trim())
  }
}

const withChange = (change: Variables) => faultsOf({ ...complete, ...change })

test('four variables are enough; all else has a default that a reader can look up', () => {
  const { ALLOW_CANCEL, PORT, KEEP_ALIVE_SECONDS, FRONTEND_URL } = loadConfig({}, complete)
  assert.deepEqual(
    [ALLOW_CANCEL, PORT, KEEP_ALIVE_SECONDS, FRONTEND_URL],
    [true, 8080, 125, ['https://app.example.com']],
  )
})

// Whoever deploys finds out all at once, and not one fault a deployment.
test('everything that is wrong is named in one message', () => {
  assert.deepEqual(
    faultsOf({ PORT: '70000', LOG_LEVEL: 'loud', JWT_SECRET: 'short', ALLOW_CANCEL: 'yes' }).map(
      (fault) => fault.split(/[ :]/)[0],
    ),
    'PORT FRONTEND_URL JWT_SECRET ALLOW_CANCEL LOG_LEVEL DATABASE_URL OPENAI_API_KEY'.split(' '),
  )
})

test('of two ways to give a secret exactly one is taken', () => {
  for (const [plain, secretId] of [
    ['DATABASE_URL', 'DATABASE_SECRET_ID'],
    ['JWT_SECRET', 'JWT_SECRET_SECRET_ID'],
    ['OPENAI_API_KEY', 'OPENAI_API_KEY_SECRET_ID'],
  ] as const) {
    assert.deepEqual(withChange({ [plain]: undefined, [secretId]: 'arn:x' }), [])
    assert.deepEqual(withChange({ [secretId]: 'arn:x' }), [
      `${plain} and ${secretId} exclude each other`,
    ])
    for (const empty of ['', undefined]) {
      const missing = `${plain} is missing; set it, or ${secretId}`
      assert.deepEqual(withChange({ [plain]: empty, [secretId]: empty }), [missing])
    }
  }
  assert.deepEqual(faultsOf({ ...complete, OPENAI_API_KEY: '' }, { modelKey: false }), [])
})

test('attachments are kept in one place, and in production that is a bucket', () => {
  const { ATTACHMENTS_BUCKET, ATTACHMENT_BYTES_MAX, ATTACHMENT_TYPES } = loadConfig({}, complete)
  assert.deepEqual(
    [ATTACHMENTS_BUCKET, ATTACHMENT_BYTES_MAX, ATTACHMENT_TYPES.slice(0, 4)],
    [undefined, 20_971_520, ['image/*', 'application/pdf', 'text/*', 'application/json']],
  )
  const folder = { ATTACHMENTS_FOLDER: '/files' }
  assert.deepEqual(withChange(folder), [])
  assert.deepEqual(withChange({ ATTACHMENTS_BUCKET: 'files' }), [])
  assert.deepEqual(withChange({ ...folder, ATTACHMENTS_BUCKET: 'files' }), [
    'ATTACHMENTS_BUCKET and ATTACHMENTS_FOLDER exclude each other',
  ])
  assert.deepEqual(withChange({ ...folder, NODE_ENV: 'production' }), [
    'ATTACHMENTS_FOLDER is for local use; set ATTACHMENTS_BUCKET',
  ])
  const secret = { JWT_SECRET: undefined, JWT_SECRET_SECRET_ID: 'arn:x' }
  assert.deepEqual(withChange({ ...folder, ...secret }), ['ATTACHMENTS_FOLDER needs JWT_SECRET'])
  assert.deepEqual(withChange({ ATTACHMENT_TYPES: 'Image/* , application/pdf' }), [])
  for (const types of ['png', 'image/', '*/*,', 'image/*;q=1']) {
    assert.match(withChange({ ATTACHMENT_TYPES: types })[0] ?? '', /is not a media type/, types)
  }
})

test('an origin is a scheme, a host and maybe a port, and nothing else', () => {
  for (const origin of [
    'https://app.example.com',
    'http://localhost:5173',
    'https://a.example,https://b.example',
    ' https://a.example , https://b.example ',
  ]) {
    assert.deepEqual(withChange({ FRONTEND_URL: origin }), [], origin)
  }
  for (const origin of [
    '*',
    'null',
    'app.example.com',
    'https://app.example.com/',
    'https://app.example.com/path',
    'https://app.example.com:443',
    'https://APP.example.com',
    'https://user@app.example.com',
    'https://*.example.com',
    'ftp://app.example.com',
    'https://a.example,',
    'https://a.example;https://b.example',
    'https://a.example https://b.example',
    ' ',
  ]) {
    const faults = withChange({ FRONTEND_URL: origin })
    assert.equal(faults.length, 1, origin)
    assert.match(faults[0] ?? '', /^FRONTEND_URL/)
  }
})

test('addresses and numbers are what they must be', () => {
  for (const [name, values] of [
    ['DATABASE_URL', ['mysql://host/db', 'host', 'https://host/db', '//host']],
    ['OPENAI_BASE_URL', ['api.example.com', 'ftp://api.example.com', 'file:///etc/passwd']],
    ['PORT', ['-1', '65536', '80.5', 'http', '1e9']],
    ['HEARTBEAT_SECONDS', ['0', '-1', '301', '1.5', 'often']],
    ['DATABASE_CONNECTIONS_MAX', ['0', '201']],
    ['LIVE_RUNS_MAX', ['0', '10001', 'Infinity', 'NaN']],
    ['REQUESTS_AT_ONCE_MAX', ['0', '10001', 'many']],
    ['SHUTDOWN_SECONDS', ['0', '3601']],
    ['ALLOW_CANCEL', ['1', 'TRUE', 'no']],
    ['NODE_ENV', ['prod', 'test']],
    ['LOG_LEVEL', ['trace', 'INFO']],
  ] as const) {
    for (const value of values) {
      const faults = withChange({ [name]: value })
      assert.equal(faults.length, 1, `${name}=${value}`)
      assert.match(faults[0] ?? '', new RegExp(`^${name}: `))
    }
  }
})

// Start-up messages end up in a log that more people read than may know the password.
test('no complaint repeats a secret', () => {
  const secrets = {
    DATABASE_URL: 'mysql://user:hunter2@db/hunter2',
    DATABASE_SECRET_ID: 'hunter2',
    JWT_SECRET: 'hunter2',
    JWT_SECRET_SECRET_ID: 'hunter2',
    OPENAI_API_KEY: 'hunter2',
    OPENAI_API_KEY_SECRET_ID: 'hunter2',
    OPENAI_BASE_URL: 'user:hunter2@api.example.com',
    PORT: 'hunter2',
  }
  const faults = faultsOf(secrets)
  assert.ok(faults.length >= 6, String(faults))
  assert.ok(!faults.join('\n').includes('hunter2'), faults.join('\n'))
})
