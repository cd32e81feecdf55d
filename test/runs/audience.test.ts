import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'node:test'
import { input } from '../support/chat-client.ts'
import { eventually } from '../support/eventually.ts'
import { query } from '../support/query.ts'
import { beginMessage, sayWhole, scripted } from '../support/scripted-application.ts'
import { alice, startService } from '../support/service.ts'

const PARAMS = { input: input('Hi') }
const HEADERS = { 'chatkit-frame-instance-id': 'frame-1' }

// A client that lost its network comes back through the balancer, which may choose another process.
test('somebody who listens in another process keeps the answer going', async (t) => {
  const application = scripted(async (chat) => {
    const answer = await beginMessage(chat)
    for (let second = 0; second < 8 && !chat.signal.aborted; second++) {
      await answer.add(`${second} `)
      await sleep(500)
    }
    await answer.done()
  })
  const environment = { DETACHED_SECONDS: '1' }
  const first = await startService(t, { replacements: { application }, environment })
  const { databaseUrl } = first
  const second = await startService(t, { replacements: { application }, environment, databaseUrl })
  const here = await first.as(alice)
  const there = await second.as(alice)
  const abort = new AbortController()
  const stream = here.stream('threads.create', PARAMS, { headers: HEADERS, signal: abort.signal })
  await stream.next()
  const listening = there.hear(there.stream('threads.create', PARAMS, { headers: HEADERS }))
  await eventually(
    async () =>
      (await query(databaseUrl, 'select 1 from runs where heard_at is not null')).length > 0,
  )
  abort.abort()
  await stream.next().catch(() => undefined)
  assert.equal((await listening).text, '0 1 2 3 4 5 6 7 ')
  assert.deepEqual(await query(databaseUrl, 'select status from runs'), [{ status: 'done' }])
})

test('an answer longer than the memory of its process is heard whole by a repeat', async (t) => {
  const wordsMax = 3_000
  const finish = Promise.withResolvers<void>()
  const application = scripted(async (chat) => {
    const answer = await beginMessage(chat)
    for (let index = 0; index < wordsMax; index++) {
      await answer.add(`word ${index} \u2028`)
      if (index % 100 === 0) await sleep(5)
    }
    await finish.promise
    await answer.done()
  })
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const original = client.hear(client.stream('threads.create', PARAMS, { headers: HEADERS }))
  const written = `select 1 from run_chunks where frames like '%word ${wordsMax - 1} %'`
  await eventually(async () => (await query(service.databaseUrl, written)).length > 0)
  const repeat = client.hear(client.stream('threads.create', PARAMS, { headers: HEADERS }))
  await sleep(300)
  finish.resolve()
  const [heard, again] = await Promise.all([original, repeat])
  assert.equal(heard.events.length, again.events.length)
  assert.deepEqual(again.events, heard.events)
})

test('no more answers at a time than allowed, however many ask at once', async (t) => {
  const finish = Promise.withResolvers<void>()
  const application = scripted(async (chat) => {
    await finish.promise
    await sayWhole(chat, 'Done')
  })
  const service = await startService(t, {
    replacements: { application },
    environment: { LIVE_RUNS_MAX: '2' },
  })
  const client = await service.as(alice)
  const responses = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      client.send('threads.create', { input: input(`Question ${index}`) }),
    ),
  )
  const statuses = responses.map((response) => response.status)
  assert.equal(statuses.filter((status) => status === 200).length, 2)
  assert.equal(statuses.filter((status) => status === 503).length, 6)
  finish.resolve()
  await Promise.all(responses.map((response) => response.text()))
})

test('the outcome of a browser tool that was brought before a failure is not asked for again', async (t) => {
  let tries = 0
  const application = scripted(async (chat, message) => {
    if (message) {
      chat.callBrowser({ name: 'pick', arguments: {} })
      return
    }
    tries += 1
    if (tries === 1) throw new Error('a failure')
    await sayWhole(chat, 'Thank you')
  })
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const { threadId } = await client.say('Hi')
  const params = { thread_id: threadId, result: 'red' }
  // With a key the request is known again even though its failure was heard.
  const headers = { 'idempotency-key': 'pick-1' }
  const ask = () => client.stream('threads.add_client_tool_output', params, { headers })
  const first = await client.hear(ask())
  assert.equal(first.events.at(-1)?.type, 'error')
  assert.equal((await client.hear(ask())).text, 'Thank you')
})
