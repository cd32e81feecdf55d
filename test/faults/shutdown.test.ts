import assert from 'node:assert/strict'
import { test } from 'node:test'
import { input } from '../support/chat-client.ts'
import { createDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { query } from '../support/query.ts'
import { beginMessage, scripted } from '../support/scripted-application.ts'
import { alice, startService } from '../support/service.ts'

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
