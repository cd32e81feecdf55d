import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sayWhole, scripted } from '../support/scripted-application.ts'
import { alice, startService } from '../support/service.ts'

const echo = scripted(async (chat, message) => {
  const text = message?.content.map((part) => part.text).join('') ?? 'nothing'
  await sayWhole(chat, `You said: ${text}`)
})

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
  const thread = await client.getThread(said.threadId)
  assert.deepEqual(
    thread.items.data.map((item) => item.type),
    ['user_message', 'assistant_message'],
  )
  assert.equal(thread.title, 'Hello there')
})

test('the order of events is the one that clients rely on', async (t) => {
  const service = await startService(t, { replacements: { application: echo } })
  const client = await service.as(alice)
  const first = await client.say('One')
  assert.deepEqual(
    first.events.map((event) => event.type),
    [
      'thread.created',
      'thread.item.done',
      'stream_options',
      'thread.item.added',
      'thread.item.updated',
      'thread.item.done',
    ],
  )
  const second = await client.say('Two', first.threadId)
  assert.deepEqual(
    second.events.map((event) => event.type),
    [
      'thread.item.done',
      'stream_options',
      'thread.item.added',
      'thread.item.updated',
      'thread.item.done',
    ],
  )
  assert.equal(second.text, 'You said: Two')
})

test('a change of the conversation is announced after the event that came with it', async (t) => {
  const application = scripted(async (chat) => {
    chat.thread.title = 'A title'
    await sayWhole(chat, 'Hello')
    chat.thread.metadata = { private: 'note' }
  })
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const { events, threadId } = await client.say('Hi')
  assert.deepEqual(
    events.slice(3).map((event) => event.type),
    [
      'thread.item.added',
      'thread.updated',
      'thread.item.updated',
      'thread.item.done',
      'thread.updated',
    ],
  )
  const thread = await client.getThread(threadId)
  assert.equal(thread.title, 'A title')
  assert.deepEqual(thread.metadata, {}, 'what the integration keeps never leaves')
})

test('a retry takes back what came after the message and answers it again', async (t) => {
  let tries = 0
  const application = scripted(async (chat) => {
    tries += 1
    await sayWhole(chat, `Try ${tries}`)
    await sayWhole(chat, 'and more')
  })
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const { threadId } = await client.say('Hi')
  const [question] = (await client.listItems(threadId, { order: 'asc' })).data
  assert.ok(question)
  const again = await client.retry(threadId, question.id)
  assert.equal(again.events[0]?.type, 'stream_options')
  const items = (await client.listItems(threadId, { order: 'asc' })).data
  const texts = items.map((item) =>
    item.type === 'assistant_message' ? item.content[0]?.text : item.type,
  )
  assert.deepEqual(texts, ['user_message', 'Try 2', 'and more'])
})

// An action may have been answered there: answering the message before it would be something else.
test('only the answer to a message can be asked for again', async (t) => {
  const application = scripted((chat) => sayWhole(chat, 'Hello'))
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const { threadId } = await client.say('Hi')
  const before = (await client.listItems(threadId)).data
  const answer = before.find(({ type }) => type === 'assistant_message')
  const { events } = await client.retry(threadId, answer?.id ?? '')
  const message = 'Only the answer to a message can be asked for again.'
  assert.deepEqual(events, [{ type: 'error', code: 'custom', message, allow_retry: false }])
  assert.deepEqual((await client.listItems(threadId)).data, before)
})

test('a retry after an item that is not there is one error event, and changes nothing', async (t) => {
  const service = await startService(t, { replacements: { application: echo } })
  const client = await service.as(alice)
  const { threadId } = await client.say('Hi')
  const { events } = await client.retry(threadId, 'msg_unknown')
  assert.deepEqual(
    events.map((event) => event.type),
    ['error'],
  )
  assert.equal((await client.listItems(threadId)).data.length, 2)
})

test('a tool of the browser is asked once, at the end, and its outcome goes on', async (t) => {
  const application = scripted(async (chat, message) => {
    if (message) {
      chat.callBrowser({ name: 'pick_colour', arguments: { of: null }, callId: 'call_7' })
      await sayWhole(chat, 'Let me see.')
      return
    }
    const call = (await chat.history(10)).find((item) => item.type === 'client_tool_call')
    await sayWhole(chat, `It is ${JSON.stringify(call?.output)}`)
  })
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const { events, threadId } = await client.say('Hi')
  const last = events.at(-1)
  assert.ok(last?.type === 'thread.item.done' && last.item.type === 'client_tool_call')
  assert.equal(last.item.status, 'pending')
  assert.equal(last.item.call_id, 'call_7')
  assert.deepEqual(last.item.arguments, { of: null })
  const next = await client.hear(
    client.stream('threads.add_client_tool_output', { thread_id: threadId, result: { c: 'red' } }),
  )
  assert.equal(next.text, 'It is {"c":"red"}')
  const repeat = await client.hear(
    client.stream('threads.add_client_tool_output', { thread_id: threadId, result: 1 }),
  )
  assert.equal(repeat.events[0]?.type, 'error', 'nothing waits for a second outcome')
})

test('what the application fails with stays inside, and its text stays on display', async (t) => {
  const application = scripted(async (chat) => {
    await sayWhole(chat, 'Once upon')
    throw new Error('secret of the database')
  })
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const { events, threadId } = await client.say('Hi')
  assert.deepEqual(events.at(-1), { type: 'error', code: 'stream.error', allow_retry: true })
  assert.ok(!JSON.stringify(events).includes('secret'))
  assert.equal((await client.listItems(threadId)).data.length, 2)
})

test('rename and delete', async (t) => {
  const service = await startService(t, { replacements: { application: echo } })
  const client = await service.as(alice)
  const { threadId } = await client.say('Hi')
  const renamed = await client.post('threads.update', { thread_id: threadId, title: '' })
  assert.equal(renamed.status, 200)
  assert.equal((await client.getThread(threadId)).title, '')
  const deleted = await client.post('threads.delete', { thread_id: threadId })
  assert.deepEqual([deleted.status, deleted.text], [200, '{}'])
  const gone = await client.post('threads.get_by_id', { thread_id: threadId })
  assert.equal(gone.status, 404)
  const again = await client.post('threads.delete', { thread_id: threadId })
  assert.deepEqual([again.status, again.text], [200, '{}'])
})
