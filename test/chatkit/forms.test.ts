import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { ChatApplication } from '../../service/protocol/chat.ts'
import type { ThreadItem } from '../../service/protocol/items.ts'
import { withAnswers } from '../../service/chatkit/structured-answers.ts'
import { query } from '../support/query.ts'
import { alice, startService } from '../support/service.ts'

const base = { id: 'msg_1', thread_id: 'thr_1', created_at: '2026-01-01T00:00:00.000Z' }
const question = { question: '?', options: [{ value: 'a' }, { value: 'b' }] }
const form = {
  ...base,
  type: 'structured_input' as const,
  status: 'pending' as const,
  inputs: [
    { type: 'multiple_choice' as const, id: 'one', multiple: false, ...question },
    { type: 'multiple_choice' as const, id: 'many', multiple: true, ...question },
    { type: 'freeform' as const, id: 'constructor', question: '?' },
  ],
}

const given = (values: string[], skipped = false) => ({ values, skipped })

test('of several answers the first counts where one is allowed, and nothing is skipped', () => {
  const answers = { one: given(['a', 'b']), many: given(['a', 'b']), other: given(['c']) }
  const { inputs } = withAnswers(form, { status: 'answered', answers })
  assert.deepEqual(
    inputs.map(({ answer }) => answer),
    [given(['a']), given(['a', 'b']), given([], true)],
  )
  const none = withAnswers(form, { status: 'skipped', answers })
  assert.ok(none.status === 'skipped' && none.inputs.every(({ answer }) => answer.skipped))
})

/** Asks, and then thanks. */
async function asked(t: TestContext, respond?: ChatApplication['respond']) {
  let answers = 0
  const application: ChatApplication = {
    respond: async (chat, message) => {
      if (message) return await chat.ask([{ type: 'freeform', id: 'q', question: 'Why?' }])
      answers += 1
      await respond?.(chat, message)
      await chat.say('Thank you.')
    },
  }
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const { threadId } = await client.say('Ask me')
  const { data } = await client.listItems(threadId)
  const params = (value: string) => ({
    thread_id: threadId,
    item_id: data[0]?.id,
    input: { answers: { q: { values: [value] } } },
  })
  return { service, client, threadId, params, answers: () => answers }
}

test('of two who answer a form at once one is heard, and the form has those answers', async (t) => {
  const { client, threadId, params, answers } = await asked(t)
  const results = await Promise.all(
    ['Because', 'No reason'].map((value) =>
      client.hear(client.stream('threads.add_structured_input', params(value))),
    ),
  )
  const heard = results.filter(({ events }) => events[0]?.type === 'stream_options')
  const refused = results.filter(({ events }) => events[0]?.type === 'error')
  assert.deepEqual([heard.length, refused.length, answers()], [1, 1, 1])
  const replaced = heard[0]?.events.find((event) => event.type === 'thread.item.replaced')
  const { data } = await client.listItems(threadId, { order: 'asc' })
  assert.deepEqual(
    data.find(({ type }) => type === 'structured_input'),
    replaced?.item,
  )
})

test('answers that were brought before a crash are not asked for again', async (t) => {
  const { service, client, threadId, params, answers } = await asked(t)
  const headers = { 'idempotency-key': 'answers-1' }
  const send = () =>
    client.hear(client.stream('threads.add_structured_input', params('Because'), { headers }))
  await send()
  // As the sweep leaves the run of a process that died.
  await query(
    service.databaseUrl,
    `update runs set status = 'interrupted' where operation = 'threads.add_structured_input'`,
  )
  const again = await send()
  assert.deepEqual(
    again.events.map(({ type }) => type),
    ['stream_options', 'thread.item.replaced', 'thread.item.done'],
  )
  assert.equal(answers(), 2)
  const { data } = await client.listItems(threadId, { order: 'asc' })
  const types = data.map(({ type }: ThreadItem) => type)
  assert.deepEqual(types, ['user_message', 'structured_input', 'assistant_message'])
})
