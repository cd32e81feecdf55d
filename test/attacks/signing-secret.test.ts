import assert from 'node:assert/strict'
import { test } from 'node:test'
import { validSecrets } from '../../service/auth/valid-secrets.ts'
import { loadConfig } from '../../service/config.ts'
import type { SecretStage, SecretVersion } from '../../service/secrets/secret-source.ts'
import { forgeToken, validClaims } from '../support/forged-token.ts'
import { JWT_SECRET, startService } from '../support/service.ts'
import { ChatClient } from '../support/chat-client.ts'

const complete = {
  DATABASE_URL: 'postgres://u:p@localhost/d',
  FRONTEND_URL: 'https://app.example.com',
  OPENAI_API_KEY: 'sk-test',
}

const weak: Readonly<Record<string, string>> = {
  '1 byte': 'x',
  '16 bytes': 'kD3vT8qWz1LxP5rN',
  '31 bytes': 'kD3vT8qWz1LxP5rNc7HbY2mF9sJg4aU',
  'one byte, repeated': 'a'.repeat(64),
  'two bytes, repeated': 'ab'.repeat(32),
  'a placeholder': 'changeme-kD3vT8qWz1LxP5rNc7HbY2mF9s',
  'another placeholder': 'CHANGE_ME_kD3vT8qWz1LxP5rNc7HbY2mF9s',
  'a placeholder of the documentation': 'your-secret-kD3vT8qWz1LxP5rNc7HbY2mF9s',
}

/** Secrets Manager with versions that a test sets. */
function secretsOf(current: string) {
  const source = {
    versions: [version('current', current)],
    read: () => Promise.resolve([current] as const),
    readVersions: () => Promise.resolve(source.versions),
    refresh: () => Promise.resolve(),
  }
  return source
}

function version(stage: SecretStage, value: string, createdAt = Date.now()): SecretVersion {
  return { stage, value, createdAt }
}

// Whoever finds such a secret out signs tokens for every user there is.
for (const [what, secret] of Object.entries(weak)) {
  test(`a JWT_SECRET of ${what} is refused at start-up, and not repeated`, () => {
    assert.throws(
      () => loadConfig({}, { ...complete, JWT_SECRET: secret }),
      (error) => {
        assert.ok(error instanceof Error && error.name === 'ConfigError')
        assert.match(error.message, /^ {2}JWT_SECRET: (has|repeats|looks like)/m)
        return !error.message.includes(secret) || secret.length === 1
      },
    )
  })

  test(`a secret of ${what} in Secrets Manager is refused at start-up too`, async (t) => {
    const started = startService(t, {
      databaseUrl: complete.DATABASE_URL, // not asked any more
      environment: { JWT_SECRET: '', JWT_SECRET_SECRET_ID: 'jwt' },
      replacements: { secrets: secretsOf(secret) },
    })
    await assert.rejects(started, /JWT_SECRET_SECRET_ID: its value (has|repeats|looks like)/)
  })
}

test('an empty JWT_SECRET is a missing one, and 32 random bytes are enough', () => {
  assert.throws(() => loadConfig({}, { ...complete, JWT_SECRET: '' }), /JWT_SECRET is missing/)
  assert.equal(loadConfig({}, { ...complete, JWT_SECRET }).JWT_SECRET, JWT_SECRET)
})

const NEXT = 'Zq7Lw0eRt6YuI3oPa9SdF2gHj5KlX8cV'
const HOUR_MS = 3_600_000

// Whoever has found the old secret out has it for good; it must not be good for ever.
test('rotation: the old secret works until its overlap ends, then no more', async (t) => {
  const secrets = secretsOf(JWT_SECRET)
  const service = await startService(t, {
    environment: { JWT_SECRET: '', JWT_SECRET_SECRET_ID: 'jwt', JWT_OVERLAP_SECONDS: '3600' },
    replacements: { secrets },
  })
  const status = async (secret: string) => {
    const client = new ChatClient(service.url, forgeToken(validClaims(), { secret }))
    return (await client.post('threads.list', {})).status
  }
  const both = async () => [await status(JWT_SECRET), await status(NEXT)]
  assert.deepEqual(await both(), [200, 401])
  secrets.versions = [version('current', JWT_SECRET), version('pending', NEXT)]
  assert.deepEqual(await both(), [200, 200])
  const longAgo = Date.now() - 90 * 24 * HOUR_MS
  const previous = version('previous', JWT_SECRET, longAgo)
  secrets.versions = [version('current', NEXT), previous]
  assert.deepEqual(await both(), [200, 200])
  secrets.versions = [version('current', NEXT, Date.now() - HOUR_MS + 5_000), previous]
  assert.deepEqual(await both(), [200, 200])
  secrets.versions = [version('current', NEXT, Date.now() - HOUR_MS - 5_000), previous]
  assert.deepEqual(await both(), [401, 200])
  secrets.versions = [version('current', NEXT)]
  assert.deepEqual(await both(), [401, 200])
})

// After a leak an operator wants the old one gone at once.
test('an overlap of nothing ends with the rotation', () => {
  const versions = [version('current', NEXT), version('previous', JWT_SECRET)]
  assert.deepEqual(validSecrets(versions, 0), [NEXT])
  assert.deepEqual(validSecrets(versions, 1_000), [NEXT, JWT_SECRET])
})

// A rotation to a mistake must not open the door, whatever it shuts.
test('a weak secret that turns up while the service runs verifies nothing', async (t) => {
  const secrets = secretsOf(JWT_SECRET)
  const service = await startService(t, {
    environment: { JWT_SECRET: '', JWT_SECRET_SECRET_ID: 'jwt' },
    replacements: { secrets },
  })
  for (const secret of ['x', 'a'.repeat(64)]) {
    secrets.versions = [version('current', secret), version('previous', JWT_SECRET)]
    const forged = new ChatClient(service.url, forgeToken(validClaims(), { secret }))
    assert.equal((await forged.post('threads.list', {})).status, 401)
    const good = new ChatClient(service.url, forgeToken(validClaims()))
    assert.equal((await good.post('threads.list', {})).status, 200)
  }
})
