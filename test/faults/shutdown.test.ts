import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { input } from '../support/chat-client.ts'
import { createDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { query } from '../support/query.ts'
import { beginMessage, scripted } from '../support/scripted-application.ts'
import { alice, startService } from '../support/service.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'

test('while draining, live answers go on and new ones are sent to another process', async (t) => {
  const goOn = Promise.withResolvers<void>()
  const application = scripted(async (chat) => {
    const answer = await beginMessage(chat)
    await answer.add('Half')
    await goOn.promise
    await answer.done()
  })
  const service = await startService(t, {
    replacements: { application },
    environment: { SHUTDOWN_SECONDS: '30' },
  })
  const client = await service.as(alice)
  const stream = client.stream('threads.create', { input: input('Hi') })
  await stream.next()
  const stopped = service.service.stop()
  await eventually(async () => (await fetch(`${service.url}/ready`)).status === 503)
  const refused = await client.post('threads.create', { input: input('Me too') })
  assert.equal(refused.status, 503)
  assert.equal(refused.headers.get('retry-after'), '2')
  assert.equal((await fetch(`${service.url}/health`)).status, 200)
  goOn.resolve()
  assert.equal((await client.hear(stream)).text, 'Half')
  await stopped
})

test('at the deadline an answer ends with its text kept and a retry offered', async (t) => {
  const databaseUrl = await createDatabase(t)
  const application = scripted(async (chat) => {
    const answer = await beginMessage(chat)
    await answer.add('Half')
    await new Promise(() => undefined) // deaf to its signal
  })
  const service = await startService(t, { databaseUrl, replacements: { application } })
  const client = await service.as(alice)
  const stream = client.stream('threads.create', { input: input('Hi') })
  await stream.next()
  const stopped = service.service.stop()
  const { events, text } = await client.hear(stream)
  assert.equal(text, 'Half')
  const last = events.at(-1)
  assert.ok(last?.type === 'error' && last.allow_retry)
  await stopped
  const rows = await query<{ status: string; items: number }>(
    databaseUrl,
    'select status, (select count(*)::int from items) as items from runs',
  )
  assert.deepEqual(rows, [{ status: 'interrupted', items: 2 }])
})

// Patience with Postgres is for answers; a process that is told to end would be killed meanwhile.
test('a process that has to end does not wait for a database that is away', async (t) => {
  const proxy = await startTcpProxy(t, await createDatabase(t))
  const application = scripted(async (chat) => {
    const answer = await beginMessage(chat)
    await answer.add('Half')
    await new Promise(() => undefined)
  })
  const service = await startService(t, {
    databaseUrl: proxy.url,
    replacements: { application },
    environment: { STREAM_SECONDS_MAX: '1' },
  })
  const client = await service.as(alice)
  const stream = client.stream('threads.create', { input: input('Hi') })
  await stream.next()
  proxy.cut()
  const rest = client.hear(stream)
  // By then the answer has been ended as too long, and waits for the database to say so.
  await setTimeout(1_500)
  const stoppedAt = Date.now()
  await service.service.stop()
  assert.ok(Date.now() - stoppedAt < 15_000)
  const last = (await rest).events.at(-1)
  assert.ok(last?.type === 'error' && last.allow_retry, 'the client is told')
})
