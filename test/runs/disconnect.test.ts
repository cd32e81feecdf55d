import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChatClient } from '../support/chat-client.ts'
import { input } from '../support/chat-client.ts'
import { eventually } from '../support/eventually.ts'
import { query } from '../support/query.ts'
import { beginMessage, scripted, untilAborted } from '../support/scripted-application.ts'
import { alice, startService } from '../support/service.ts'

/** Says a little and then waits to be told to go on, or to stop. */
function pausing() {
  const goOn = Promise.withResolvers<void>()
  const application = scripted(async (chat, message) => {
    const answer = await beginMessage(chat)
    await answer.add('Once upon')
    const said = message?.content[0]
    if (said?.type === 'input_text' && said.text === 'quick') return answer.done()
    await Promise.race([goOn.promise, untilAborted(chat.signal)])
    if (chat.signal.aborted) return
    await answer.add(' a time')
    await answer.done()
  })
  return { application, goOn }
}

/** Begins a conversation and leaves when the first text has come, as the Stop button does. */
async function sayAndLeave(client: ChatClient, text: string): Promise<string> {
  const abort = new AbortController()
  let threadId = ''
  try {
    const stream = client.stream('threads.create', { input: input(text) }, { signal: abort.signal })
    for await (const event of stream) {
      if (event.type === 'thread.created') threadId = event.thread.id
      if (event.type === 'thread.item.updated') abort.abort()
    }
  } catch {
    assert.ok(abort.signal.aborted)
  }
  return threadId
}

async function statuses(databaseUrl: string): Promise<string[]> {
  const rows = await query<{ status: string }>(
    databaseUrl,
    'select status from runs order by created_at',
  )
  return rows.map((row) => row.status)
}

// A lost network looks just like the Stop button, so the answer goes on for a while.
test('an answer outlives its connection, and a reload shows what it has said', async (t) => {
  const { application, goOn } = pausing()
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const threadId = await sayAndLeave(client, 'Tell me a story')
  const items = (await client.getThread(threadId)).items.data
  assert.equal(items.length, 2)
  assert.ok(JSON.stringify(items).includes('Once upon'), 'the unfinished answer is shown')
  goOn.resolve()
  await eventually(async () => (await statuses(service.databaseUrl))[0] === 'done')
  const whole = (await client.listItems(threadId, { order: 'desc', limit: 1 })).data[0]
  assert.ok(whole?.type === 'assistant_message')
  assert.equal(whole.content[0]?.text, 'Once upon a time')
})

test('when nobody comes back the answer ends, keeps its text, and the model is told', async (t) => {
  const { application } = pausing()
  const service = await startService(t, {
    replacements: { application },
    environment: { DETACHED_SECONDS: '1' },
  })
  const client = await service.as(alice)
  const threadId = await sayAndLeave(client, 'Tell me a story')
  await eventually(async () => (await statuses(service.databaseUrl))[0] === 'cancelled')
  const stored = await query<{ type: string }>(
    service.databaseUrl,
    'select type from items where thread_id = $1 order by seq',
    [threadId],
  )
  assert.deepEqual(
    stored.map((row) => row.type),
    ['user_message', 'assistant_message', 'sdk_hidden_context'],
  )
  const visible = await client.listItems(threadId, { order: 'asc' })
  assert.deepEqual(
    visible.data.map((item) => item.type),
    ['user_message', 'assistant_message'],
  )
})

test('without cancelling, an answer that nobody hears goes on to its end', async (t) => {
  const { application, goOn } = pausing()
  const service = await startService(t, {
    replacements: { application },
    environment: { DETACHED_SECONDS: '1', ALLOW_CANCEL: 'false' },
  })
  const { databaseUrl } = service
  await sayAndLeave(await service.as(alice), 'Tell me a story')
  // By the time that an answer left later has been cancelled where that is allowed, this one was
  // due.
  const other = await startService(t, {
    replacements: { application: pausing().application },
    environment: { DETACHED_SECONDS: '1' },
    databaseUrl,
  })
  await sayAndLeave(await other.as(alice), 'Tell me another')
  await eventually(async () => (await statuses(databaseUrl))[1] === 'cancelled')
  assert.deepEqual(await statuses(databaseUrl), ['running', 'cancelled'])
  goOn.resolve()
  await eventually(async () => (await statuses(service.databaseUrl))[0] === 'done')
})

test('after Stop the next message is answered at once', async (t) => {
  const { application } = pausing()
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const threadId = await sayAndLeave(client, 'Tell me a story')
  const said = await client.say('quick', threadId)
  assert.equal(said.text, 'Once upon')
  assert.deepEqual(await statuses(service.databaseUrl), ['cancelled', 'done'])
})

test('after Stop the next message is answered by another process too', async (t) => {
  const { application } = pausing()
  const first = await startService(t, { replacements: { application } })
  const { databaseUrl } = first
  const second = await startService(t, { replacements: { application }, databaseUrl })
  const threadId = await sayAndLeave(await first.as(alice), 'Tell me a story')
  const said = await (await second.as(alice)).say('quick', threadId)
  assert.equal(said.text, 'Once upon')
  assert.deepEqual(await statuses(databaseUrl), ['cancelled', 'done'])
})

test('another process shows what an answer has said so far', async (t) => {
  const { application, goOn } = pausing()
  const first = await startService(t, { replacements: { application } })
  const { databaseUrl } = first
  const second = await startService(t, { replacements: { application }, databaseUrl })
  const threadId = await sayAndLeave(await first.as(alice), 'Tell me a story')
  const elsewhere = await second.as(alice)
  await eventually(async () =>
    JSON.stringify(await elsewhere.getThread(threadId)).includes('Once upon'),
  )
  goOn.resolve()
})
