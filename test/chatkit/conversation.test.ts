import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alice, startService } from '../support/service.ts'

test('a first message begins a conversation, and its answer arrives part by part', async (t) => {
  const service = await startService(t)
  const client = await service.as(alice)
  const said = await client.say('Hello there')
  const types = said.events.map((event) => event.type)
  assert.deepEqual(types.slice(0, 3), ['thread.created', 'thread.item.done', 'stream_options'])
  const deltas = said.events.filter(
    (event) =>
      event.type === 'thread.item.updated' &&
      event.update.type === 'assistant_message.content_part.text_delta',
  )
  assert.ok(deltas.length > 3)
  assert.notEqual(said.text, '')
  const thread = await client.getThread(said.threadId)
  assert.deepEqual(
    thread.items.data.map((item) => item.type),
    ['user_message', 'assistant_message'],
  )
})
