import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { ServiceError } from '../../service/errors.ts'
import type { ChatApplication } from '../../service/protocol/chat.ts'
import { input } from '../support/chat-client.ts'
import { query } from '../support/query.ts'
import { scripted } from '../support/scripted-application.ts'
import { alice, startService } from '../support/service.ts'
import type { TestService } from '../support/service.ts'
import { startUpstream, textAnswer } from '../support/upstream.ts'
import type { UpstreamStep } from '../support/upstream.ts'

// What a model costs is paid by whoever operates the service, so no way of ending an answer may be
// free: the allowance of tokens would be walked around with it.

const QUOTAS = JSON.stringify({ default: { user: { tokensPerDay: 100 } } })
const WORDS = 120
const QUESTION = 'Write without an end. '.repeat(20)
/** All but the last events of an answer, which would end it and count. */
const unfinished = textAnswer(Array<string>(WORDS).fill('word ')).slice(0, -4)
const FOREVER_MS = 600_000

interface Cost {
  readonly input: number
  readonly output: number
}

async function costsOf({ databaseUrl }: TestService): Promise<Cost | undefined> {
  const [cost] = await query<Cost>(
    databaseUrl,
    'select input_tokens::int as input, output_tokens::int as output from usage_days where runs > 0',
  )
  return cost
}

async function start(
  t: TestContext,
  answers: readonly (readonly UpstreamStep[])[],
  environment: Readonly<Record<string, string>> = {},
) {
  const upstream = await startUpstream(t, answers)
  const service = await startService(t, {
    environment: {
      OPENAI_API_KEY: 'sk-test',
      OPENAI_BASE_URL: upstream.url,
      QUOTAS,
      ...environment,
    },
    replacements: { modelProvider: undefined },
  })
  return { service, client: await service.as(alice) }
}

for (const [how, steps, environment] of [
  ['cut in the middle', [...unfinished, { $cut: true }], {}],
  [
    'given up in its silence',
    [...unfinished, { $pauseMs: FOREVER_MS }],
    { MODEL_SILENCE_SECONDS: '1' },
  ],
  ['ended for its length', [...unfinished, { $pauseMs: FOREVER_MS }], { STREAM_SECONDS_MAX: '2' }],
  [
    'failed by the model',
    [
      ...unfinished,
      {
        type: 'response.failed',
        response: { id: 'resp_1', output: [], error: { code: 'server_error' } },
      },
    ],
    {},
  ],
] as const) {
  test(`an answer that is ${how} costs what was read and said, and the next one is refused`, async (t) => {
    const { service, client } = await start(t, [steps], environment)
    const { events } = await client.say(QUESTION)
    assert.equal(events.at(-1)?.type, 'error')
    const cost = await costsOf(service)
    assert.ok(cost)
    assert.ok(cost.input >= QUESTION.length / 4, JSON.stringify(cost))
    assert.ok(cost.output >= WORDS && cost.output < 2 * WORDS, JSON.stringify(cost))
    const refused = await client.post<{ code: string }>('threads.create', { input: input('More') })
    assert.equal(refused.status, 429)
    assert.equal(refused.body.code, 'allowance_used_up')
  })
}

test('an answer that the model never began to read costs nothing', async (t) => {
  const refusal = { $status: 401, body: { error: { message: 'no such key' } } }
  const { service, client } = await start(t, [[refusal]])
  assert.equal((await client.say(QUESTION)).events.at(-1)?.type, 'error')
  assert.deepEqual(await costsOf(service), { input: 0, output: 0 })
})

test('an answer that fails before it asks a model costs nothing', async (t) => {
  const application = scripted(() => Promise.reject(new Error('before anything')))
  const service = await startService(t, { replacements: { application } })
  await (await service.as(alice)).say(QUESTION)
  assert.deepEqual(await costsOf(service), { input: 0, output: 0 })
})

// A negative count would be credit, and one that is no whole number would keep the run from ending.
for (const usage of [
  { input_tokens: -500_000, output_tokens: 7 },
  { input_tokens: 1e30, output_tokens: 7 },
  { input_tokens: 11.5, output_tokens: 7 },
  { input_tokens: 11, output_tokens: -7 },
  {},
  null,
]) {
  test(`a count of ${JSON.stringify(usage)} is none, and the answer costs an estimate`, async (t) => {
    const answer = textAnswer(Array<string>(WORDS).fill('word ')).map((step) =>
      'response' in step && step.type === 'response.completed'
        ? { ...step, response: Object.assign({}, step.response, { usage }) }
        : step,
    )
    const { service, client } = await start(t, [answer])
    const { events } = await client.say(QUESTION)
    assert.equal(events.at(-1)?.type, 'thread.item.done')
    const cost = await costsOf(service)
    assert.ok(cost)
    assert.ok(cost.input >= QUESTION.length / 4 && cost.input < QUESTION.length, String(cost.input))
    assert.ok(cost.output >= WORDS && cost.output < 2 * WORDS, String(cost.output))
    const runs = await query(service.databaseUrl, 'select status from runs')
    assert.deepEqual(runs, [{ status: 'done' }])
  })
}

const SECONDS = 30
const SPEECH = {
  audio_base64: Buffer.alloc(SECONDS * 3_000).toString('base64'),
  mime_type: 'audio/webm',
}
const ESTIMATE = SECONDS * 10

async function tokensOf({ databaseUrl }: TestService): Promise<Cost | undefined> {
  const [cost] = await query<Cost>(
    databaseUrl,
    'select input_tokens::int as input, output_tokens::int as output from usage_days',
  )
  return cost
}

for (const [how, answer, cost] of [
  [
    'counted in tokens',
    { text: 'Hello', usage: { type: 'tokens', input_tokens: 400, output_tokens: 3 } },
    { input: 400, output: 3 },
  ],
  [
    'counted in seconds',
    { text: 'Hello', usage: { type: 'duration', seconds: 12.3 } },
    { input: 123, output: 0 },
  ],
  ['not counted', { text: 'Hello' }, { input: ESTIMATE, output: 2 }],
  [
    'counted as nothing can be',
    { text: 'Hello', usage: { type: 'tokens', input_tokens: -400, output_tokens: 3 } },
    { input: ESTIMATE, output: 2 },
  ],
] as const) {
  test(`speech that is ${how} is part of the allowance, and refused beyond it`, async (t) => {
    const { service, client } = await start(t, [[{ $status: 200, body: answer }]])
    assert.equal((await client.post('input.transcribe', SPEECH)).status, 200)
    assert.deepEqual(await tokensOf(service), cost)
    const refused = await client.post<{ code: string }>('input.transcribe', SPEECH)
    assert.equal(refused.status, 429)
    assert.equal(refused.body.code, 'allowance_used_up')
    assert.ok(Number(refused.headers.get('retry-after')) > 0)
    assert.deepEqual(await tokensOf(service), cost)
  })
}

// Otherwise as much as one likes could be asked for before the first has been counted.
test('speech is charged before it is heard, and no recording costs nothing', async (t) => {
  const release = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const application: ChatApplication = {
    respond: () => Promise.resolve(),
    transcribe: async () => {
      begun.resolve()
      await release.promise
      throw new ServiceError('invalid_request')
    },
  }
  const environment = { QUOTAS }
  const service = await startService(t, { environment, replacements: { application } })
  const client = await service.as(alice)
  const first = client.post('input.transcribe', SPEECH)
  await begun.promise
  assert.equal((await client.post('input.transcribe', SPEECH)).status, 429)
  release.resolve()
  assert.equal((await first).status, 400)
  assert.deepEqual(await tokensOf(service), { input: 0, output: 0 })
})

test('an action at once may ask for its allowance, and adds what it has used', async (t) => {
  const application: ChatApplication = {
    respond: (chat) => chat.say('Hello'),
    syncAction: async (scene) => {
      await scene.demandAllowance()
      await scene.addUsage({ inputTokens: 90, outputTokens: 20 })
      return undefined
    },
  }
  const environment = { QUOTAS }
  const service = await startService(t, { environment, replacements: { application } })
  const client = await service.as(alice)
  const { threadId } = await client.say('Hi')
  const params = { thread_id: threadId, action: { type: 'summarise' } }
  assert.equal((await client.post('threads.sync_custom_action', params)).status, 200)
  assert.deepEqual(await tokensOf(service), { input: 90, output: 20 })
  const refused = await client.post<{ code: string }>('threads.sync_custom_action', params)
  assert.equal(refused.body.code, 'allowance_used_up')
})
