import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ThreadStreamEvent } from '../../service/protocol/events.ts'
import { eventsOf, input } from '../support/chat-client.ts'
import { createDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { query } from '../support/query.ts'
import { beginMessage, sayWhole, scripted } from '../support/scripted-application.ts'
import { alice, startService } from '../support/service.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'

const REFUSED_MS_MAX = 3_000
const ATTEMPTS = 4

const WRITTEN = 'select 1 from run_chunks where frames like $1'

/** Notes each event as it is heard. */
async function* listen(stream: AsyncIterable<ThreadStreamEvent>, heard: ThreadStreamEvent[]) {
  for await (const event of stream) {
    heard.push(event)
    yield event
  }
}

for (const outage of ['cut', 'freeze'] as const) {
  test(`while the database is away (${outage}), live answers stream and are stored later`, async (t) => {
    const databaseUrl = await createDatabase(t)
    const proxy = await startTcpProxy(t, databaseUrl)
    const goOn = Promise.withResolvers<void>()
    const application = scripted(async (chat, message) => {
      const said = message?.content[0]
      if (said?.type === 'input_text' && said.text === 'quick') return sayWhole(chat, 'Quick')
      const answer = await beginMessage(chat)
      await answer.add('before ')
      await goOn.promise
      for (const word of ['one ', 'two ', 'three']) await answer.add(word)
      await answer.done()
    })
    const service = await startService(t, {
      databaseUrl: proxy.url,
      replacements: { application },
    })
    const client = await service.as(alice)
    const stream = client.stream('threads.create', { input: input('Hi') })
    let threadId = ''
    for await (const event of stream) {
      if (event.type === 'thread.created') threadId = event.thread.id
      if (event.type === 'thread.item.updated') break
    }
    const heard: ThreadStreamEvent[] = []
    const params = { input: input('Hi') }
    const live = await client.send('threads.create', params, { headers: { 'last-event-id': '5' } })
    const wholeStream = client.hear(listen(eventsOf(live), heard))
    await eventually(async () => (await query(databaseUrl, WRITTEN, ['%before%'])).length > 0)
    proxy[outage]()
    goOn.resolve()
    await eventually(() => heard.length === 3)

    let refusedMs = Infinity
    // A machine that is busy may need longer now and then.
    for (let attempt = 1; attempt <= ATTEMPTS && refusedMs >= REFUSED_MS_MAX; attempt += 1) {
      const askedAt = Date.now()
      const refused = await client.hear(client.stream('threads.create', { input: input('quick') }))
      refusedMs = Date.now() - askedAt
      const [error] = refused.events
      assert.ok(error?.type === 'error' && error.allow_retry)
    }
    assert.ok(refusedMs < REFUSED_MS_MAX, `a new answer is refused after ${refusedMs} ms`)
    assert.equal((await client.post('threads.list', {})).status, 503)
    assert.equal((await fetch(`${service.url}/health`)).status, 200)
    await eventually(async () => {
      const ready = await fetch(`${service.url}/ready`)
      return ready.status === 200 && (await ready.text()).includes('unreachable')
    })
    assert.ok(
      !heard.some((event) => event.type === 'thread.item.done'),
      'done is said on disk only',
    )

    proxy.restore()
    const rest = await wholeStream
    assert.equal(rest.text, 'before one two three', 'done is said when it is on disk')
    await eventually(async () => (await client.say('quick')).text === 'Quick')
    const stored = await query<{ item: { content: { text: string }[] } }>(
      databaseUrl,
      `select item from items where thread_id = $1 and type = 'assistant_message'`,
      [threadId],
    )
    assert.equal(stored[0]?.item.content[0]?.text, 'before one two three')
  })
}
