import assert from 'node:assert/strict'
import { test } from 'node:test'
import { QUOTAS_DEFAULT } from '../service/chatkit/quotas.ts'
import { ConfigError, Environment, loadConfig } from '../service/config.ts'
import type { ConfigNeeds } from '../service/config.ts'

const complete = {
  DATABASE_URL: 'postgres://user:hunter2@db.example.com:5432/chat',
  JWT_SECRET: 'kD3vT8qWz1LxP5rNc7HbY2mF9sJg4aUe',
  OPENAI_API_KEY: 'sk-hunter2',
  FRONTEND_URL: 'https://app.example.com',
}

const STRONG = 'at least 32 are needed (try: openssl rand -base64 48)'
const SECRET_NAMES = [
  'DATABASE_SECRET_ID',
  'JWT_SECRET_SECRET_ID',
  'GATEWAY_SECRET_SECRET_ID',
  'OPENAI_API_KEY',
  'OPENAI_API_KEY_SECRET_ID',
]

type Variables = Readonly<Record<string, string | undefined>>

/** What `loadConfig` complains of, one entry a line; empty when it does not. */
function faultsOf(variables: Variables, needs: ConfigNeeds = {}): string[] {
  try {
    loadConfig(needs, variables)
    return []
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    const [title, ...faults] = error.message.split('\n')
    assert.equal(title, 'The environment is not as it must be:')
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
    assert.match(withChange({ ATTACHMENT_TYPES: types })[0] ?? '', /must be media types/, types)
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

// Whoever deploys reads this once, in a log, and has to know what to write instead.
test('of each variable it is said what it is and what it must be', () => {
  const origins = 'must be origins like https://app.example.com, separated by commas'
  const types = 'must be media types like application/pdf or image/*, separated by commas'
  const patterns =
    'must be one or several of jwt, jwks, session, gateway, development, custom, each once'
  const certificate = '{"subject":"CN=gateway,O=Example","issuer":"CN=Example CA"}'
  const told: readonly (readonly [name: string, value: string, words: string])[] = [
    ['NODE_ENV', 'prod', 'is "prod", must be one of development, production'],
    ['PORT', '65536', 'is "65536", must be a whole number from 0 to 65535'],
    ['PORT', '1e3', 'is "1e3", must be a whole number from 0 to 65535'],
    ['HOST', ' ', 'must be more than spaces'],
    ['FRONTEND_URL', '', `is missing, ${origins}`],
    ['FRONTEND_URL', 'https://a.example,b.example', `is "b.example", ${origins}`],
    ['DATABASE_URL', 'mysql://db', 'must be like postgres://user:password@host:5432/database'],
    ['DATABASE_CONNECTIONS_MAX', '1', 'is "1", must be a whole number from 2 to 200'],
    ['AUTH', 'jwt,cookie', `is "jwt,cookie", ${patterns}`],
    ['JWT_OVERLAP_SECONDS', '-1', 'is "-1", must be a whole number from 0 to 2592000'],
    ['JWT_ISSUER', ' ', 'must be more than spaces'],
    ['JWT_AUDIENCE', ' ', 'must be more than spaces'],
    ['SESSION_COOKIE', 'a;b', 'is "a;b", must be the name of a cookie, without a prefix, or none'],
    ['DEVELOPMENT_BEYOND_LOOPBACK', 'yes', 'is "yes", must be true or false'],
    [
      'CLAIMS',
      'org',
      'is "org", must be JSON, such as {"org":"organization_id","further":["team"]}',
    ],
    ['OPENAI_BASE_URL', 'api', 'must be an http or https address'],
    ['OPENAI_MODEL', ' ', 'must be more than spaces'],
    ['OPENAI_TRANSCRIPTION_MODEL', ' ', 'must be more than spaces'],
    ['ATTACHMENTS_BUCKET', ' ', 'must be more than spaces'],
    ['ATTACHMENT_BYTES_MAX', '1 MB', 'is "1 MB", must be a whole number from 1 to 1073741824'],
    ['ATTACHMENT_TYPES', 'pdf', `is "pdf", ${types}`],
    ['MODEL_SILENCE_SECONDS', '601', 'is "601", must be a whole number from 1 to 600'],
    ['ALLOW_CANCEL', 'TRUE', 'is "TRUE", must be true or false'],
    ['DETACHED_SECONDS', '0', 'is "0", must be a whole number from 1 to 600'],
    ['LIVE_RUNS_MAX', 'NaN', 'is "NaN", must be a whole number from 1 to 10000'],
    ['REQUESTS_AT_ONCE_MAX', 'many', 'is "many", must be a whole number from 1 to 10000'],
    ['QUOTAS', '{', `is "{", must be JSON, such as ${QUOTAS_DEFAULT}`],
    ['RETENTION_DAYS', '0', 'is "0", must be a whole number from 1 to 36500'],
    ['RETENTION', '7', 'is 7, must be days by organisation, such as {"acme":30}'],
    ['HEARTBEAT_SECONDS', '1.5', 'is "1.5", must be a whole number from 1 to 300'],
    ['STREAM_SECONDS_MAX', '3601', 'is "3601", must be a whole number from 1 to 3600'],
    ['DICTATION_BYTES_MAX', '1', 'is "1", must be a whole number from 1048576 to 33554432'],
    ['KEEP_ALIVE_SECONDS', '2m', 'is "2m", must be a whole number from 1 to 4000'],
    ['HEADERS_TIMEOUT_SECONDS', '0', 'is "0", must be a whole number from 1 to 600'],
    ['REQUEST_TIMEOUT_SECONDS', '0', 'is "0", must be a whole number from 1 to 600'],
    ['SHUTDOWN_SECONDS', '0', 'is "0", must be a whole number from 1 to 3600'],
    ['METRICS_SERVICE', ' ', 'must be more than spaces'],
    ['LOG_LEVEL', 'INFO', 'is "INFO", must be one of debug, info, warn, error, fatal, silent'],
  ]
  for (const [name, value, words] of told) {
    assert.deepEqual(withChange({ [name]: value }), [`${name}: ${words}`])
  }

  const url = 'must be an https address without user and password (http on this machine alone)'
  const others: readonly (readonly [variables: Variables, words: string])[] = [
    [{ AUTH: 'jwks', JWKS_URL: 'x' }, `JWKS_URL: ${url}`],
    [{ AUTH: 'session', SESSION_URL: 'x' }, `SESSION_URL: ${url}`],
    [{ AUTH: 'jwks', JWKS_ISSUER: ' ' }, 'JWKS_ISSUER: must be more than spaces'],
    [{ AUTH: 'jwks', JWKS_AUDIENCE: ' ' }, 'JWKS_AUDIENCE: must be more than spaces'],
    [{ JWT_SECRET: 'short' }, `JWT_SECRET: has 5 bytes; ${STRONG}`],
    [{ AUTH: 'gateway', GATEWAY_SECRET: 'short' }, `GATEWAY_SECRET: has 5 bytes; ${STRONG}`],
    [
      { AUTH: 'gateway', GATEWAY_CERTIFICATES: '[{"subject":"gateway","issuer":"CN=CA"}]' },
      'GATEWAY_CERTIFICATES.0.subject: is "gateway", must be like CN=gateway,O=Example',
    ],
    [
      { AUTH: 'gateway', GATEWAY_CERTIFICATES: '[]' },
      `GATEWAY_CERTIFICATES: is [], must be a list of one to 20, such as [${certificate}]`,
    ],
    ...SECRET_NAMES.map((name): [Variables, string] => [
      { [name]: ' ' },
      `${name}: must be more than spaces`,
    ]),
    [{ ATTACHMENTS_FOLDER: ' ' }, 'ATTACHMENTS_FOLDER: must be more than spaces'],
    [
      { QUOTAS: '{"default":{"user":{"tokens":1}}}' },
      'QUOTAS.default.user: has "tokens", must be made of requestsPerMinute, liveRuns, tokensPerDay',
    ],
    [{ QUOTAS: '{"default":1}' }, 'QUOTAS.default: is 1, must be made of user, org'],
    [
      { RETENTION: '{"acme":"30"}' },
      'RETENTION.acme: is "30", must be a whole number of days from 1 to 36500',
    ],
    [{ CLAIMS: '{"admin":[]}' }, 'CLAIMS.admin: is [], must be a list of roles, one at least'],
    [
      { CLAIMS: '{"team":"x"}' },
      'CLAIMS: has "team", must be made of user, org, plan, locale, role, admin, further',
    ],
  ]
  for (const [variables, words] of others) {
    const faults = withChange(variables)
    assert.ok(faults.includes(words), `${words}\n${faults.join('\n')}`)
  }

  const tried = [
    ...told.map(([name]) => name),
    ...others.map(([, words]) => words.split(/[.:]/)[0]),
  ]
  assert.deepEqual(
    Object.keys(Environment.shape).filter((name) => !tried.includes(name)),
    [],
  )
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
    JWKS_URL: 'http://user:hunter2@login.example.com',
    SESSION_URL: 'user:hunter2@login.example.com',
    GATEWAY_SECRET: 'hunter2',
    GATEWAY_SECRET_SECRET_ID: 'hunter2',
  }
  const faults = faultsOf(secrets)
  assert.ok(faults.length >= 6, String(faults))
  assert.ok(!faults.join('\n').includes('hunter2'), faults.join('\n'))
})
