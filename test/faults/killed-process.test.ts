import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { ThreadStreamEvent } from '../../service/protocol/events.ts'
import { ChatClient, input } from '../support/chat-client.ts'
import { createDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { query } from '../support/query.ts'
import { ServiceProcess } from '../support/service-process.ts'
import { alice, tokenOf } from '../support/service.ts'
import { startUpstream, textAnswer } from '../support/upstream.ts'

const TICKS = 400
const TICK_MS = 10
/** What may be missing of what was seen: 250 ms of it, and as much again where cores are shared. */
const MISSING_TICKS_MAX = 50
const TAKEN_OVER_MS_MAX = 15_000 * 2 // the bar is 15 s; other tests run meanwhile
const PROCESSES = 3
const REPEATS = 6

const params = { input: input('Count') }
const headers = { 'chatkit-frame-instance-id': 'frame-1' }

/** Numbered, so that a loss, a repetition and a swap show in every prefix. */
const tick = (index: number) => `tick ${String(index).padStart(6, '0')} `
const WHOLE = Array.from({ length: TICKS }, (_, index) => tick(index)).join('')

/** Processes as in production, on one database, whose model counts. */
async function startAll(t: TestContext) {
  const databaseUrl = await createDatabase(t)
  const answer = textAnswer(Array.from({ length: TICKS }, (_, index) => tick(index)))
  const paced = answer.flatMap((step) =>
    'type' in step && step.type === 'response.output_text.delta'
      ? [{ $pauseMs: TICK_MS }, step]
      : [step],
  )
  const upstream = await startUpstream(t, [paced])
  const environment = {
    DATABASE_URL: databaseUrl,
    DATABASE_CONNECTIONS_MAX: '4',
    OPENAI_API_KEY: 'sk-test',
    OPENAI_BASE_URL: upstream.url,
  }
  const start = () => ServiceProcess.start(t, environment)
  const processes = await Promise.all(Array.from({ length: PROCESSES }, start))
  const token = await tokenOf(alice)
  const clients = processes.map(({ url }) => new ChatClient(url, token))
  return { databaseUrl, upstream, processes, clients }
}

/** Hears the beginning of an answer, kills its process, and hears what was still on its way. */
async function hearUntilKilled(client: ChatClient, owner: ServiceProcess) {
  const seen = { threadId: '', text: '' }
  let killed: Promise<void> | undefined
  try {
    for await (const event of client.stream('threads.create', params, { headers })) {
      if (event.type === 'thread.created') seen.threadId = event.thread.id
      seen.text += deltaOf(event)
      if (seen.text.length > WHOLE.length / 4) killed ??= owner.kill()
    }
  } catch {
    // The connection ends with its process.
  }
  assert.ok(killed, 'the process was killed in the middle')
  await killed
  return seen
}

function deltaOf(event: ThreadStreamEvent): string {
  const update = event.type === 'thread.item.updated' ? event.update : undefined
  return update?.type === 'assistant_message.content_part.text_delta' ? update.delta : ''
}

// The real client sends a request again when its connection ends, and knows of no processes.
test('a process killed in the middle of an answer costs a moment of text and no message', async (t) => {
  const { databaseUrl, upstream, processes, clients } = await startAll(t)
  const [owner] = processes
  const [first, second, third] = clients
  assert.ok(owner && first && second && third)
  const seen = await hearUntilKilled(first, owner)
  assert.ok(WHOLE.startsWith(seen.text))

  const repeat = () =>
    Promise.all(
      Array.from({ length: REPEATS }, (_, index) => {
        const client = index % 2 === 0 ? second : third
        return client.hear(client.stream('threads.create', params, { headers }))
      }),
    )
  const killedAt = performance.now()
  const interrupted = await repeat()
  assert.ok(performance.now() - killedAt < TAKEN_OVER_MS_MAX)
  for (const { events, text } of interrupted) {
    const last = events.at(-1)
    assert.ok(last?.type === 'error' && last.allow_retry)
    assert.ok(WHOLE.startsWith(text))
  }
  const [partial = ''] = await textsOf(second, seen.threadId)
  assert.ok(WHOLE.startsWith(partial), 'nothing is lost inside, doubled or swapped')
  const missing = (seen.text.length - partial.length) / tick(0).length
  assert.ok(missing <= MISSING_TICKS_MAX, `${missing} ticks that were seen are missing`)

  // What was interrupted is answered anew when it is asked for again: once, where it was.
  for (const { text, events } of await repeat()) {
    assert.equal(text, WHOLE)
    const [created] = events
    assert.ok(created?.type === 'thread.created' && created.thread.id === seen.threadId)
  }
  assert.deepEqual(await textsOf(third, seen.threadId), [WHOLE])
  const stored = await query(databaseUrl, "select 1 from items where type = 'user_message'")
  assert.equal(stored.length, 1)
  assert.equal(upstream.calls.length, 2)
  await eventually(
    async () =>
      (await query(databaseUrl, "select 1 from runs where status = 'running'")).length === 0,
  )
})

async function textsOf(client: ChatClient, threadId: string): Promise<string[]> {
  const { data } = await client.listItems(threadId, { order: 'asc' })
  return data.flatMap((item) =>
    item.type === 'assistant_message' ? [item.content.map(({ text }) => text).join('')] : [],
  )
}
