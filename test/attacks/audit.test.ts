import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { auditAnswers } from '../../service/chatkit/audit.ts'
import type { FailureCode } from '../../service/errors.ts'
import { attach, notes, startWithFolder } from '../attachments/upload.ts'
import { Canary } from '../support/canary.ts'
import { input } from '../support/chat-client.ts'
import type { ChatClient } from '../support/chat-client.ts'
import { eventually } from '../support/eventually.ts'
import { LogBuffer } from '../support/log-buffer.ts'
import { sayWhole, scripted, untilAborted } from '../support/scripted-application.ts'
import { alice, bob, otherAlice } from '../support/service.ts'

const { word } = new Canary()
const application = scripted((chat) => sayWhole(chat, word))

async function start(t: TestContext, environment = {}, parts = application) {
  const buffer = new LogBuffer()
  const replacements = { log: buffer.log, application: parts }
  const { service } = await startWithFolder(t, { environment, replacements })
  return { service, buffer }
}

type Ask = readonly [type: string, params: object]

/** Everything that can name something of alice's, streaming or not. */
function asksFor(threadId: string, attachmentId: string): readonly Ask[] {
  const thread = { thread_id: threadId }
  const message = { content: [{ type: 'input_text', text: word }], inference_options: {} }
  return [
    ['threads.get_by_id', thread],
    ['items.list', thread],
    ['threads.update', { ...thread, title: word }],
    ['threads.delete', thread],
    ['threads.list', { after: threadId }],
    ['items.feedback', { ...thread, item_ids: ['a'], kind: 'positive' }],
    ['threads.add_user_message', { ...thread, input: { ...message, attachments: [] } }],
    ['threads.add_client_tool_output', { ...thread, result: word }],
    ['attachments.delete', { attachment_id: attachmentId }],
    ['threads.create', { input: { ...message, attachments: [attachmentId] } }],
  ]
}

test('who asks for what belongs to somebody else is noted, whatever the answer looks like', async (t) => {
  const { service, buffer } = await start(t)
  const hers = await service.as(alice)
  const { threadId } = await hers.say(word)
  const { id: attachmentId } = await attach(hers, notes)
  const asks = asksFor(threadId, attachmentId)
  for (const subject of [bob, otherAlice]) {
    const client = await service.as(subject)
    for (const [type, params] of asks) {
      const before = buffer.lines('access refused').length
      const response = await client.send(type, params)
      await response.text()
      const request = response.headers.get('x-request-id')
      const line = await eventually(() => buffer.lines('access refused')[before])
      const { user, org, operation, ids, request: noted } = line
      assert.deepEqual([user, org, operation], [subject.user, subject.org, type])
      assert.deepEqual(ids, [
        type.startsWith('attach') || type === 'threads.create' ? attachmentId : threadId,
      ])
      assert.equal(noted, request)
    }
  }
  assert.ok(!buffer.text.includes(word))
})

// A line that anybody can bring about by asking for nothing in particular would hide the others.
test('what is one’s own, and what never was, is nobody’s attempt', async (t) => {
  const { service, buffer } = await start(t)
  const hers = await service.as(alice)
  const { threadId } = await hers.say('Hi')
  const { id: attachmentId } = await attach(hers, notes)
  for (const [type, params] of asksFor(`${threadId}x`, `${attachmentId}x`)) {
    await (await hers.send(type, params)).text()
  }
  for (const [type, params] of asksFor(threadId, attachmentId)) {
    await (await hers.send(type, params)).text()
  }
  // What is looked for is looked for before these are answered and looked for.
  await (await (await service.as(bob)).send('threads.get_by_id', { thread_id: threadId })).text()
  await sleep(300)
  assert.deepEqual(buffer.lines('access refused'), [])
})

const limits: Readonly<
  Record<string, readonly [quota: object, exhaust: (client: ChatClient) => Promise<unknown>]>
> = {
  too_many_requests: [
    { requestsPerMinute: 1 },
    async (client) => {
      await client.post('threads.list', {})
      return await client.post('threads.list', {})
    },
  ],
  too_many_answers: [
    { liveRuns: 0 },
    (client) => client.post('threads.create', { input: input(word) }),
  ],
  allowance_used_up: [
    { tokensPerDay: 0 },
    (client) => client.post('threads.create', { input: input(word) }),
  ],
}

for (const [code, [quota, exhaust]] of Object.entries(limits)) {
  test(`who has used up a quota is noted: ${code}`, async (t) => {
    const talking = scripted((chat) => untilAborted(chat.signal))
    const environment = { QUOTAS: JSON.stringify({ default: { user: quota } }) }
    const { service, buffer } = await start(t, environment, talking)
    await exhaust(await service.as(alice))
    const line = await eventually(() => buffer.lines('quota hit')[0])
    const { time, pid, request, operation, ...rest } = line
    assert.deepEqual(rest, { level: 'warn', msg: 'quota hit', user: 'alice', org: 'acme', code })
    assert.ok(time && pid && request && operation)
    assert.ok(!buffer.text.includes(word))
    assert.equal(buffer.lines('quota hit').length, 1)
  })
}

test('a flood of one user is counted, and hides neither another user nor another kind', async () => {
  const buffer = new LogBuffer()
  const others = { find: (ids: readonly string[]) => Promise.resolve(ids) }
  const answered = auditAnswers({
    log: buffer.log,
    others,
    options: { linesMax: 3, windowMs: 100 },
  })
  const context = {
    userId: 'mallory',
    orgId: '',
    plan: 'free',
    locale: 'en',
    role: 'member' as const,
    claims: {},
    requestId: 'req_1',
  }
  const hit = (userId: string, code: FailureCode) =>
    answered({
      context: { ...context, userId },
      operation: 'threads.list',
      code,
      body: { params: { thread_id: 'thr_1' } },
    })
  for (let count = 0; count < 1_000; count += 1) hit('mallory', 'too_many_requests')
  for (let count = 0; count < 1_000; count += 1) hit('mallory', 'thread_not_found')
  hit('alice', 'too_many_requests')
  hit('mallory', 'allowance_used_up')
  const pulse = setInterval(() => undefined, 10)
  await eventually(() => buffer.lines('more access refused').length === 1)
  await eventually(() => buffer.lines('more quota hits').length === 1)
  clearInterval(pulse)
  assert.deepEqual(
    buffer.lines('quota hit').map(({ user, code }) => [user, code]),
    [
      ...Array.from({ length: 3 }, () => ['mallory', 'too_many_requests']),
      ['alice', 'too_many_requests'],
      ['mallory', 'allowance_used_up'],
    ],
  )
  assert.equal(buffer.lines('access refused').length, 3)
  assert.equal(buffer.lines('more quota hits')[0]?.['count'], 997)
  assert.equal(buffer.lines('more access refused')[0]?.['count'], 997)
})
