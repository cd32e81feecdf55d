import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { ThreadStreamEvent } from '../../service/protocol/events.ts'
import { input } from '../support/chat-client.ts'
import type { ChatClient } from '../support/chat-client.ts'
import { createDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { query } from '../support/query.ts'
import { beginMessage, sayWhole, scripted, untilAborted } from '../support/scripted-application.ts'
import type { Respond } from '../support/scripted-application.ts'
import { alice, startService } from '../support/service.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'

const TAKEN_OVER_MS_MAX = 15_000 * 2 // the bar is 15 s; other tests run meanwhile
const HEADERS = { 'chatkit-frame-instance-id': 'frame-1' }

/**
 * Two processes, of which the first can be cut off from the database: to all others it is dead, and
 * it does not know.
 */
async function startTwo(t: TestContext, respond: { first: Respond; second: Respond }) {
  const databaseUrl = await createDatabase(t)
  const proxy = await startTcpProxy(t, databaseUrl)
  const first = await startService(t, {
    databaseUrl: proxy.url,
    replacements: { application: scripted(respond.first) },
  })
  const second = await startService(t, {
    databaseUrl,
    replacements: { application: scripted(respond.second) },
  })
  return { databaseUrl, proxy, here: await first.as(alice), there: await second.as(alice) }
}

/**
 * Begins a conversation and hears its beginning, up to the first text; the rest is still to come.
 */
async function begin(client: ChatClient) {
  const stream = client.stream('threads.create', { input: input('Hi') }, { headers: HEADERS })
  let threadId = ''
  for (let next = await stream.next(); !next.done; next = await stream.next()) {
    if (next.value.type === 'thread.created') threadId = next.value.thread.id
    if (next.value.type === 'thread.item.updated') break
  }
  return { stream, threadId }
}

async function written(databaseUrl: string, text: string): Promise<void> {
  const question = 'select 1 from run_chunks where frames like $1'
  await eventually(async () => (await query(databaseUrl, question, [`%${text}%`])).length > 0)
}

/** Repeats a request as long as its answer is that the conversation is busy. */
async function insist(client: ChatClient, ask: () => AsyncIterable<ThreadStreamEvent>) {
  return await eventually(async () => {
    const said = await client.hear(ask())
    return said.events[0]?.type === 'error' ? undefined : said
  }, TAKEN_OVER_MS_MAX)
}

// A process that was cut off for longer than its lease must not write over what came after.
test('a process that has lost its run can write no more, and its text is kept', async (t) => {
  const goOn = Promise.withResolvers<void>()
  const { databaseUrl, proxy, here, there } = await startTwo(t, {
    first: async (chat) => {
      const answer = await beginMessage(chat)
      await answer.add('the first half')
      await goOn.promise
      await answer.add(' and what must not be written')
      await answer.done()
    },
    second: (chat) => sayWhole(chat, 'Second answer'),
  })
  const { stream, threadId } = await begin(here)
  await written(databaseUrl, 'first half')
  proxy.freeze()
  const params = { thread_id: threadId, input: input('And now?') }
  const said = await insist(there, () => there.stream('threads.add_user_message', params))
  assert.equal(said.text, 'Second answer')
  proxy.restore()
  goOn.resolve()
  const last = (await here.hear(stream)).events.at(-1)
  assert.ok(last?.type === 'error' && last.allow_retry, 'the first client is told')

  const texts = (await there.listItems(threadId, { order: 'asc' })).data.map((item) =>
    item.type === 'assistant_message' ? item.content[0]?.text : item.type,
  )
  assert.deepEqual(texts, ['user_message', 'the first half', 'user_message', 'Second answer'])
  const runs = await query<{ status: string; epoch: number }>(
    databaseUrl,
    'select status, epoch from runs order by created_at',
  )
  assert.deepEqual(
    runs.map(({ status }) => status),
    ['interrupted', 'done'],
  )
  // Once more where whoever took it over was too slow to fold it up.
  assert.ok((runs[0]?.epoch ?? 0) >= 2 && runs[1]?.epoch === 1, JSON.stringify(runs))
})

/** Shows a workflow and a message, and finishes neither. */
const stuck: Respond = async (chat) => {
  const base = { id: 'wf_1', thread_id: chat.thread.id, created_at: new Date().toISOString() }
  const workflow = { type: 'custom' as const, tasks: [] }
  await chat.send({
    type: 'thread.item.added',
    item: { ...base, type: 'workflow', workflow },
  })
  await (await beginMessage(chat)).add('tick 000001 ')
  await untilAborted(chat.signal)
}

test('those who listen when its process dies see nothing that stays half done', async (t) => {
  const { databaseUrl, proxy, here, there } = await startTwo(t, { first: stuck, second: stuck })
  await begin(here)
  await written(databaseUrl, 'tick 000001')
  // The same request reaches the other process, which listens to the run of the first.
  const listening = there.hear(
    there.stream('threads.create', { input: input('Hi') }, { headers: HEADERS }),
  )
  await eventually(
    async () =>
      (await query(databaseUrl, 'select 1 from runs where heard_at is not null')).length > 0,
  )
  proxy.freeze()
  const { events } = await listening
  const ended = events.flatMap((event) =>
    event.type === 'thread.item.removed'
      ? [event.item_id]
      : event.type === 'thread.item.done'
        ? [event.item.id]
        : [],
  )
  for (const event of events) {
    if (event.type === 'thread.item.added')
      assert.ok(ended.includes(event.item.id), event.item.type)
  }
  assert.equal(events.at(-1)?.type, 'error')
})

test('the same request after a crash is answered anew, and its message is there once', async (t) => {
  const { databaseUrl, proxy, here, there } = await startTwo(t, {
    first: async (chat) => {
      const answer = await beginMessage(chat)
      await answer.add('Half')
      await new Promise(() => undefined)
    },
    second: (chat) => sayWhole(chat, 'At last'),
  })
  await begin(here)
  await written(databaseUrl, 'Half')
  proxy.freeze()
  const params = { input: input('Hi') }
  const repeat = () => there.stream('threads.create', params, { headers: HEADERS })
  // While the first process may still be alive, the repeat hears what it has said; then its end.
  const again = await eventually(async () => {
    const said = await there.hear(repeat())
    return said.text === 'At last' ? said : undefined
  }, TAKEN_OVER_MS_MAX)
  assert.equal(again.events[0]?.type, 'thread.created')
  const items = (await there.listItems(again.threadId, { order: 'asc' })).data
  assert.deepEqual(
    items.map((item) => item.type),
    ['user_message', 'assistant_message'],
  )
  assert.equal((await there.listThreads()).data.length, 1)
  proxy.restore()
})

// A process that dies has said more than it has stored, and its client names the last of that.
test('who has heard more than was stored and asks for the rest is told that it ended', async (t) => {
  const goOn = Promise.withResolvers<void>()
  const { databaseUrl, proxy, here, there } = await startTwo(t, {
    first: async (chat) => {
      const answer = await beginMessage(chat)
      await answer.add('stored. ')
      await goOn.promise
      for (const word of ['not', 'stored', 'at', 'all.']) await answer.add(word)
      await untilAborted(chat.signal)
    },
    second: stuck,
  })
  const body = JSON.stringify({ type: 'threads.create', params: { input: input('Hi') } })
  const first = await here.fetch(body, { headers: HEADERS })
  await written(databaseUrl, 'stored. ')
  proxy.freeze()
  goOn.resolve()
  const reader = first.body?.pipeThrough(new TextDecoderStream()).getReader()
  let heard = ''
  while (!heard.includes('all.')) heard += (await reader?.read())?.value ?? ''
  const lastId = [...heard.matchAll(/^id: (\d+)$/gmv)].at(-1)?.[1] ?? ''
  const headers = { ...HEADERS, 'last-event-id': lastId }
  const rest = await (await there.fetch(body, { headers })).text()
  assert.match(rest, /"type":"thread\.item\.done"[^\n]*stored\. /v)
  assert.match(rest, /"type":"error"/v)
  // It is charged for what was stored, whatever numbers its last frames have.
  const [run] = await query<{ output_tokens: number }>(
    databaseUrl,
    'select output_tokens::int from runs',
  )
  assert.ok(run && run.output_tokens > 0 && run.output_tokens < 20, JSON.stringify(run))
})
