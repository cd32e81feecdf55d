import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigError, loadConfig } from '../../service/config.ts'
import { input } from '../support/chat-client.ts'
import type { ChatClient } from '../support/chat-client.ts'
import { eventually } from '../support/eventually.ts'
import { query } from '../support/query.ts'
import { beginMessage, sayWhole, scripted, untilAborted } from '../support/scripted-application.ts'
import { JWT_SECRET, ORIGIN, alice, bob, startService } from '../support/service.ts'

const SECONDS_A_DAY = 86_400
const carol = { user: 'carol' }

interface Usage {
  readonly user_id: string
  readonly runs: number
  readonly input_tokens: number
  readonly output_tokens: number
}

async function usageOf(databaseUrl: string): Promise<Usage[]> {
  return await query<Usage>(
    databaseUrl,
    `select user_id, runs::int, input_tokens::int, output_tokens::int from usage_days
      where runs > 0 order by user_id`,
  )
}

function quotas(value: object) {
  return { QUOTAS: JSON.stringify(value) }
}

interface Refusal {
  readonly code: string
  readonly message: string
}

async function create(client: ChatClient, text = 'Hi') {
  return await client.post<Refusal>('threads.create', { input: input(text) })
}

/** What becomes of requests that come one after the other. */
async function statuses(client: ChatClient, count: number): Promise<number[]> {
  const replies: number[] = []
  for (let sent = 0; sent < count; sent += 1) {
    replies.push((await client.post('threads.list', {})).status)
  }
  return replies
}

function faultsOf(environment: Readonly<Record<string, string>>): string {
  const url = 'postgres://localhost/x'
  const others = { DATABASE_URL: url, JWT_SECRET, FRONTEND_URL: ORIGIN }
  try {
    loadConfig({ modelKey: false }, { ...others, ...environment })
    return 'none'
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.message
  }
}

/** Begins an answer that goes on. */
async function begin(client: ChatClient, frame: string, signal?: AbortSignal) {
  const headers = { 'chatkit-frame-instance-id': frame }
  const options = signal ? { headers, signal } : { headers }
  const stream = client.stream('threads.create', { input: input('Hi') }, options)
  const first = await stream.next()
  assert.ok(!first.done && first.value.type === 'thread.created', JSON.stringify(first.value))
  return { stream, threadId: first.value.thread.id }
}

// The client shows the message of a 429 and of no other refusal on a stream.
test('beyond the requests of a minute, every operation is a 429 that says when to come back', async (t) => {
  const environment = quotas({ default: { user: { requestsPerMinute: 2 } } })
  const service = await startService(t, { environment })
  const client = await service.as(alice)
  // What is malformed has been counted, too.
  assert.equal((await client.fetch('{"type":"no.such"}')).status, 400)
  assert.equal((await client.post('threads.list', {})).status, 200)
  for (const refused of [await create(client), await client.post<Refusal>('threads.list', {})]) {
    assert.equal(refused.status, 429)
    assert.equal(refused.body.code, 'too_many_requests')
    assert.match(refused.body.message, /^Too many requests/)
    const seconds = Number(refused.headers.get('retry-after'))
    assert.ok(seconds > 30 && seconds <= 60, String(seconds))
  }
  await query(
    service.databaseUrl,
    `update request_windows set began_at = now() - interval '1 minute'`,
  )
  assert.equal((await client.post('threads.list', {})).status, 200)
  const days = await query(service.databaseUrl, 'select user_id, requests::int from usage_days')
  assert.deepEqual(days, [{ user_id: 'alice', requests: 2 }])
})

test('a plan has limits of its own, and those of the default where it names none', async (t) => {
  const environment = quotas({
    default: { user: { requestsPerMinute: 1 }, org: { requestsPerMinute: 3 } },
    pro: { user: { requestsPerMinute: null } },
  })
  const service = await startService(t, { environment })
  assert.deepEqual(await statuses(await service.as(bob), 2), [200, 429])
  const pro = await service.as(alice)
  assert.deepEqual(await statuses(pro, 3), [200, 200, 429])
  const { body } = await pro.post<Refusal>('threads.list', {})
  assert.match(body.message, /organisation/)
  // Users without an organisation are not one.
  assert.deepEqual(
    await statuses(await service.as({ user: 'dave', plan: 'pro' }), 5),
    Array(5).fill(200),
  )
  assert.deepEqual(await statuses(await service.as(carol), 1), [200])
})

test('an answer beyond the live ones is a 429, and a repeat of a live one is not', async (t) => {
  const finish = Promise.withResolvers<void>()
  const application = scripted(async (chat) => {
    await finish.promise
    await sayWhole(chat, 'Done')
  })
  const environment = quotas({ default: { user: { liveRuns: 1 } } })
  const service = await startService(t, { environment, replacements: { application } })
  const client = await service.as(alice)
  const { stream } = await begin(client, 'frame-1')
  const refused = await create(client, 'Another')
  assert.equal(refused.status, 429)
  assert.equal(refused.body.code, 'too_many_answers')
  assert.ok(Number(refused.headers.get('retry-after')) > 0)
  const other = await begin(await service.as(bob), 'frame-1')
  const repeat = await begin(client, 'frame-1')
  finish.resolve()
  assert.equal((await client.hear(repeat.stream)).text, 'Done')
  await client.hear(stream)
  await client.hear(other.stream)
  assert.equal((await client.say('Now')).text, 'Done')
  const usage = await usageOf(service.databaseUrl)
  assert.deepEqual(
    usage.map(({ user_id, runs }) => [user_id, runs]),
    [
      ['alice', 2],
      ['bob', 1],
    ],
  )
})

test('tokens are those that the model counted; when those of a day are used up, reading goes on', async (t) => {
  const application = scripted(async (chat) => {
    chat.addUsage({ inputTokens: 60, outputTokens: 20 })
    await sayWhole(chat, 'Hello')
  })
  const environment = quotas({
    default: { user: { tokensPerDay: 100 }, org: { tokensPerDay: 240 } },
  })
  const service = await startService(t, { environment, replacements: { application } })
  const client = await service.as(alice)
  await client.say('One')
  await client.say('Two')
  const refused = await create(client)
  assert.equal(refused.status, 429)
  assert.equal(refused.body.code, 'allowance_used_up')
  const seconds = Number(refused.headers.get('retry-after'))
  assert.ok(seconds > 0 && seconds <= SECONDS_A_DAY)
  assert.equal((await client.listThreads()).data.length, 2)
  assert.deepEqual(await usageOf(service.databaseUrl), [
    { user_id: 'alice', runs: 2, input_tokens: 120, output_tokens: 40 },
  ])
  // 160 of the organisation's 240 are used: one more answer, and then it is everybody's turn to
  // wait.
  const colleague = await service.as(bob)
  await colleague.say('Three')
  const shared = await create(colleague)
  assert.equal(shared.status, 429)
  assert.match(shared.body.message, /organisation/)
  await query(service.databaseUrl, 'update usage_days set day = day - 1')
  assert.equal((await client.say('Four')).text, 'Hello')
})

const QUESTION = 'A long question. '.repeat(500)

for (const [how, end] of [
  [
    'stopped by its user',
    (_client: ChatClient, _id: string, abort: AbortController) => abort.abort(),
  ],
  [
    'deleted with its conversation',
    (client: ChatClient, id: string) => client.post('threads.delete', { thread_id: id }),
  ],
] as const) {
  // Otherwise asking and leaving just before the end would cost nothing.
  test(`an answer that is ${how} before the model has counted is charged an estimate`, async (t) => {
    const application = scripted(async (chat) => {
      const message = await beginMessage(chat)
      for (let word = 0; word < 50; word += 1) await message.add(`word ${word} `)
      await untilAborted(chat.signal)
    })
    const environment = { DETACHED_SECONDS: '1' }
    const service = await startService(t, { environment, replacements: { application } })
    const client = await service.as(alice)
    const abort = new AbortController()
    const params = { input: input(QUESTION) }
    const stream = client.stream('threads.create', params, { signal: abort.signal })
    const first = await stream.next()
    const threadId =
      !first.done && first.value.type === 'thread.created' ? first.value.thread.id : ''
    // The frames are in the database a moment after they were heard.
    await eventually(
      async () =>
        (
          await query(
            service.databaseUrl,
            `select 1 from run_chunks where frames like '%word 49 %'`,
          )
        ).length > 0,
    )
    await end(client, threadId, abort)
    const [usage] = await eventually(async () => {
      const found = await usageOf(service.databaseUrl)
      return found.length > 0 && found
    })
    assert.equal(usage?.runs, 1)
    const characters = QUESTION.length
    assert.ok(usage.input_tokens >= characters / 4 && usage.input_tokens < characters / 3)
    assert.ok(usage.output_tokens <= 60)
    assert.ok(usage.output_tokens >= 50, String(usage.output_tokens))
    // Whatever still ends after that is not charged again.
    await sleep(500)
    assert.deepEqual(await usageOf(service.databaseUrl), [usage])
  })
}

test('quotas and retention that make no sense are named at start-up', () => {
  assert.match(faultsOf({ QUOTAS: '{default:{}}' }), /QUOTAS: is .*, must be JSON/)
  assert.match(faultsOf({ QUOTAS: '{"pro":{}}' }), /QUOTAS\.default: is missing/)
  assert.match(
    faultsOf(quotas({ default: { user: { liveRuns: -1 } } })),
    /QUOTAS\.default\.user\.liveRuns: is -1, must be a whole number/,
  )
  assert.match(
    faultsOf(quotas({ default: {}, pro: { users: {} } })),
    /QUOTAS\.pro: has "users", must be made of user, org$/m,
  )
  assert.match(faultsOf({ RETENTION_DAYS: '0' }), /RETENTION_DAYS: /)
  assert.match(faultsOf({ RETENTION: '{"acme":"30"}' }), /RETENTION\.acme: .*number/)
  assert.equal(faultsOf({ RETENTION: '{"acme":30}', ...quotas({ default: {} }) }), 'none')
})
