import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ThreadItem } from '../../service/protocol/items.ts'
import { normalEvent } from '../../service/protocol/normal-event.ts'
import { scripted, sayWhole } from '../support/scripted-application.ts'
import { alice, startService } from '../support/service.ts'

const base = { id: 'x_1', thread_id: 'thr_1', created_at: '2026-01-01T00:00:00.000Z' }

test('a null in a model disappears, and one in an object of the application stays', () => {
  const call = ThreadItem.parse({
    ...base,
    type: 'client_tool_call',
    call_id: 'c',
    name: 'pick',
    arguments: { k: null, deep: [{ n: null }] },
    output: null,
  })
  assert.equal(
    JSON.stringify(call),
    JSON.stringify({
      ...base,
      type: 'client_tool_call',
      status: 'pending',
      call_id: 'c',
      name: 'pick',
      arguments: { k: null, deep: [{ n: null }] },
    }),
  )
  const message = { ...base, type: 'user_message', content: [], quoted_text: null }
  assert.ok(!('quoted_text' in JSON.parse(JSON.stringify(ThreadItem.parse(message)))))
  const empty = ThreadItem.parse({ ...message, quoted_text: '' })
  assert.ok(empty.type === 'user_message' && empty.quoted_text === '')
})

test('in a widget every null disappears, in lists and in payloads too', () => {
  const item = ThreadItem.parse({
    ...base,
    type: 'widget',
    widget: {
      type: 'Card',
      size: null,
      children: [
        { type: 'Box', children: null, gap: 2 },
        { type: 'Button', onClickAction: { type: 'go', payload: { a: null, b: [null, 1, {}] } } },
      ],
    },
  })
  assert.ok(item.type === 'widget')
  assert.deepEqual(item.widget, {
    type: 'Card',
    children: [
      { type: 'Box', gap: 2 },
      { type: 'Button', onClickAction: { type: 'go', payload: { b: [1, {}] } } },
    ],
  })
})

test('events get their defaults', () => {
  const effect = { type: 'client_effect', name: 'confetti', data: { n: null } } as const
  assert.deepEqual(normalEvent(effect), effect)
  const failure = { type: 'error', code: 'custom', allow_retry: false, message: undefined } as const
  assert.equal(
    JSON.stringify(normalEvent(failure)),
    '{"type":"error","code":"custom","allow_retry":false}',
  )
  const image = { id: 'i', url: 'https://images.example/i.png' }
  const update = { type: 'generated_image.updated', image, progress: null }
  const updated = { type: 'thread.item.updated', item_id: 'x_1', update }
  assert.equal(
    JSON.stringify(normalEvent(JSON.parse(JSON.stringify(updated)))),
    JSON.stringify({ ...updated, update: { type: update.type, image } }),
  )
})

test('a call of the browser waits only as long as the user has not gone on', async (t) => {
  const application = scripted(async (chat, message) => {
    const said = message?.content[0]
    if (said?.type === 'input_text' && said.text === 'ask') {
      chat.callBrowser({ name: 'pick', arguments: {} })
      return
    }
    await sayWhole(chat, 'Fine')
  })
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const { threadId } = await client.say('ask')
  await client.say('never mind', threadId)
  const params = { thread_id: threadId, result: 1 }
  const late = await client.hear(client.stream('threads.add_client_tool_output', params))
  assert.deepEqual(
    late.events.map((event) => event.type),
    ['error'],
  )
})
