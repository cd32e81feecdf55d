import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { z } from 'zod'
import { SecretsManagerSource } from '../../service/secrets/secret-source.ts'
import { eventually } from '../support/eventually.ts'
import { forgeToken, validClaims } from '../support/forged-token.ts'
import { LogBuffer } from '../support/log-buffer.ts'
import { JWT_SECRET, startService } from '../support/service.ts'
import { bearer, statusWith } from '../support/sign-in.ts'

const NEXT = 'Zq7Lw0eRt6YuI3oPa9SdF2gHj5KlX8cV'
const FRESH_MS = 100
const STAGES = 3
const OVERLAP_SECONDS = 900
const Question = z.object({ VersionStage: z.string() })

interface Version {
  readonly value: string
  readonly createdAt: number
}

/** Secrets Manager over the wire, with one secret whose versions a test moves. */
async function startSecretsManager(t: TestContext, value = JWT_SECRET) {
  const state = {
    asked: 0,
    AWSCURRENT: newVersion(value),
    AWSPREVIOUS: none(),
    AWSPENDING: none(),
    isDown: false,
  }
  const http = createServer((request, response) => {
    void text(request).then((body) => {
      const { VersionStage: stage } = Question.parse(JSON.parse(body))
      state.asked += 1
      const version = stage in state ? state[toStage(stage)] : undefined
      if (state.isDown) return response.writeHead(500).end('{}')
      response.setHeader('content-type', 'application/x-amz-json-1.1')
      if (!version?.value)
        return response.writeHead(400).end('{"__type":"ResourceNotFoundException"}')
      const { value: SecretString, createdAt } = version
      return response.end(JSON.stringify({ SecretString, CreatedDate: createdAt / 1_000 }))
    })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const address = http.address()
  const client = new SecretsManagerClient({
    endpoint: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    maxAttempts: 1,
  })
  t.after(() => {
    client.destroy()
    http.closeAllConnections()
    http.close()
  })
  return { state, source: new SecretsManagerSource(client, FRESH_MS) }
}

const newVersion = (value: string): Version => ({ value, createdAt: Date.now() })
const none = (): Version | undefined => undefined

function toStage(stage: string): 'AWSCURRENT' | 'AWSPREVIOUS' | 'AWSPENDING' {
  if (stage === 'AWSCURRENT' || stage === 'AWSPREVIOUS') return stage
  return 'AWSPENDING'
}

// Tokens are signed with whatever is current in that moment; nobody waits for this service.
test('rotation: no request fails while the secret rotates under load', async (t) => {
  const { state, source } = await startSecretsManager(t)
  const service = await startService(t, {
    environment: {
      JWT_SECRET: '',
      JWT_SECRET_SECRET_ID: 'jwt',
      JWT_OVERLAP_SECONDS: String(OVERLAP_SECONDS),
    },
    replacements: { secrets: source },
  })
  const statuses: number[] = []
  const load = { isOn: true }
  const workers = Array.from({ length: 8 }, async (_none, index) => {
    while (load.isOn) {
      const secret = index % 2 === 0 ? state.AWSCURRENT.value : JWT_SECRET
      // One user alone would reach the limit of requests.
      const claims = { ...validClaims(), sub: `user-${statuses.length}` }
      statuses.push(await statusWith(service, bearer(forgeToken(claims, { secret }))))
      await sleep(5)
    }
  })
  const statusOf = (secret: string) =>
    statusWith(service, bearer(forgeToken(validClaims(), { secret })))
  // All stages are looked at twice, so at least once as they are now.
  const lookedAt = async () => {
    const { asked } = state
    await eventually(() => state.asked >= asked + 2 * STAGES)
  }
  await lookedAt()
  state.AWSPENDING = newVersion(NEXT)
  await eventually(async () => (await statusOf(NEXT)) === 200)
  state.AWSPREVIOUS = state.AWSCURRENT
  state.AWSCURRENT = state.AWSPENDING
  await lookedAt()
  state.AWSPENDING = undefined
  // What is known stays in use while nobody answers.
  state.isDown = true
  await lookedAt()
  await eventually(() => statuses.length > 30)
  load.isOn = false
  await Promise.all(workers)
  assert.deepEqual([...new Set(statuses)], [200])
  const endsAt = state.AWSCURRENT.createdAt + OVERLAP_SECONDS * 1_000
  t.mock.timers.enable({ apis: ['Date'], now: endsAt - 1_000 })
  assert.equal(await statusOf(JWT_SECRET), 200)
  t.mock.timers.setTime(endsAt + 1_000)
  assert.equal(await statusOf(JWT_SECRET), 401)
  assert.equal(await statusOf(NEXT), 200)
})

// Whoever deploys reads one line of the log; it has to say what to do.
test('a secret without a value, or with a placeholder, ends the start with one sentence', async (t) => {
  for (const [value, sentence] of [
    ['', 'The secret jwt has no value yet; see infra/RUNBOOK.md.'],
    [
      'CHANGE_ME_kD3vT8qWz1LxP5rNc7HbY2mF9s',
      'JWT_SECRET_SECRET_ID: its value looks like a placeholder; use a random one',
    ],
  ] as const) {
    const { source } = await startSecretsManager(t, value)
    const buffer = new LogBuffer()
    const started = startService(t, {
      databaseUrl: 'postgres://u:p@localhost/d', // not asked any more
      environment: { JWT_SECRET: '', JWT_SECRET_SECRET_ID: 'jwt' },
      replacements: { secrets: source },
    })
    const error: unknown = await started.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    buffer.log.fatal({ err: error }, 'could not start')
    assert.ok(buffer.text.includes(sentence), buffer.text)
    assert.ok(!buffer.text.includes('kD3vT8q'))
  }
})
