import assert from 'node:assert/strict'
import { test } from 'node:test'
import { input } from '../support/chat-client.ts'
import { query } from '../support/query.ts'
import { beginMessage, sayWhole, scripted } from '../support/scripted-application.ts'
import { alice, startService } from '../support/service.ts'

// A process that stood still for longer than its lease must not write over what came after.
test('a process that has lost its run can write no more, and its text is kept', async (t) => {
  const wakeUp = Promise.withResolvers<void>()
  const sleeping = scripted(async (chat) => {
    const answer = await beginMessage(chat)
    await answer.add('the first half')
    await wakeUp.promise
    await answer.add(' and what must not be written')
    await answer.done()
  })
  const first = await startService(t, { replacements: { application: sleeping } })
  const { databaseUrl } = first
  const second = await startService(t, {
    databaseUrl,
    replacements: { application: scripted((chat) => sayWhole(chat, 'Second answer')) },
  })
  const stream = (await first.as(alice)).stream('threads.create', { input: input('Hi') })
  let threadId = ''
  for (let next = await stream.next(); !next.done; next = await stream.next()) {
    if (next.value.type === 'thread.created') threadId = next.value.thread.id
    if (next.value.type === 'thread.item.updated') break
  }
  const written = 'select 1 from run_chunks where frames like $1'
  while ((await query(databaseUrl, written, ['%first half%'])).length === 0);
  await query(databaseUrl, `update runs set lease_until = now() - interval '1 second'`)

  const client = await second.as(alice)
  assert.equal((await client.say('And now?', threadId)).text, 'Second answer')
  wakeUp.resolve()
  const rest = await client.hear(stream)
  const last = rest.events.at(-1)
  assert.ok(last?.type === 'error' && last.allow_retry, 'the first client is told')

  const texts = (await client.listItems(threadId, { order: 'asc' })).data.map((item) =>
    item.type === 'assistant_message' ? item.content[0]?.text : item.type,
  )
  assert.deepEqual(texts, ['user_message', 'the first half', 'user_message', 'Second answer'])
  const runs = await query<{ status: string; epoch: number }>(
    databaseUrl,
    'select status, epoch from runs order by created_at',
  )
  assert.deepEqual(runs, [
    { status: 'interrupted', epoch: 2 },
    { status: 'done', epoch: 1 },
  ])
})

test('the same request after a crash is answered anew, and its message is there once', async (t) => {
  let tries = 0
  const never = Promise.withResolvers<void>()
  const application = scripted(async (chat) => {
    tries += 1
    if (tries > 1) return sayWhole(chat, 'At last')
    const answer = await beginMessage(chat)
    await answer.add('Half')
    await never.promise
  })
  const first = await startService(t, { replacements: { application } })
  const { databaseUrl } = first
  const second = await startService(t, { replacements: { application }, databaseUrl })
  const headers = { 'chatkit-frame-instance-id': 'frame-1' }
  const params = { input: input('Hi') }
  const stream = (await first.as(alice)).stream('threads.create', params, { headers })
  for (let next = await stream.next(); next.value?.type !== 'thread.item.updated';) {
    next = await stream.next()
  }
  await query(databaseUrl, `update runs set lease_until = now() - interval '1 second'`)

  const client = await second.as(alice)
  const again = await client.hear(client.stream('threads.create', params, { headers }))
  assert.equal(again.events[0]?.type, 'thread.created')
  assert.equal(again.text, 'At last')
  const items = (await client.listItems(again.threadId, { order: 'asc' })).data
  assert.deepEqual(
    items.map((item) => item.type),
    ['user_message', 'assistant_message'],
  )
  assert.equal((await client.listThreads()).data.length, 1)
  never.resolve()
})
