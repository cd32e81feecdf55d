import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { input } from '../support/chat-client.ts'
import { eventually } from '../support/eventually.ts'
import { query } from '../support/query.ts'
import { beginMessage, sayWhole, scripted } from '../support/scripted-application.ts'
import { alice, startService } from '../support/service.ts'

/** Two processes on one database whose application counts its calls and waits to be released. */
async function startTwo(t: TestContext) {
  const release = Promise.withResolvers<void>()
  let calls = 0
  const application = scripted(async (chat) => {
    calls += 1
    const answer = await beginMessage(chat)
    await answer.add('working')
    await release.promise
    await answer.done()
  })
  const first = await startService(t, { replacements: { application } })
  const { databaseUrl } = first
  const second = await startService(t, { replacements: { application }, databaseUrl })
  return {
    release,
    databaseUrl,
    calls: () => calls,
    here: await first.as(alice),
    there: await second.as(alice),
  }
}

async function count(databaseUrl: string, what: string): Promise<number> {
  const rows = await query<{ n: number }>(databaseUrl, `select count(*)::int as n from ${what}`)
  return rows[0]?.n ?? -1
}

test('two tabs: while one is being answered, the other is told to try again', async (t) => {
  const { here, there, release, calls } = await startTwo(t)
  const stream = here.stream('threads.create', { input: input('Hi') })
  const created = await stream.next()
  assert.ok(created.value?.type === 'thread.created')
  const threadId = created.value.thread.id
  for (const client of [here, there]) {
    const { events } = await client.say('Me too', threadId)
    assert.equal(events.length, 1)
    assert.ok(events[0]?.type === 'error' && events[0].allow_retry)
    assert.match(events[0].message ?? '', /answered elsewhere/)
  }
  release.resolve()
  await here.hear(stream)
  assert.equal(calls(), 1)
})

// The real client repeats a request up to five times when it gets a 5xx, without any key.
test('the same request sent again gets the same answer, from any process', async (t) => {
  const { here, there, release, calls, databaseUrl } = await startTwo(t)
  const headers = { 'chatkit-frame-instance-id': 'frame-1' }
  const params = { input: input('Hi') }
  const original = here.stream('threads.create', params, { headers })
  const created = await original.next()
  assert.ok(created.value?.type === 'thread.created')
  const repeats = [here, there, there].map((client) =>
    client.stream('threads.create', params, { headers }),
  )
  // All of them listen before the answer ends: after that the same words are a new message.
  const begun = await Promise.all(repeats.map((repeat) => repeat.next()))
  release.resolve()
  const { events } = await here.hear(original)
  for (const [index, repeat] of repeats.entries()) {
    assert.deepEqual(begun[index]?.value, created.value)
    assert.deepEqual((await here.hear(repeat)).events, events)
  }
  assert.equal(calls(), 1)
  assert.equal(await count(databaseUrl, 'runs'), 1)
  assert.equal(await count(databaseUrl, `items where type = 'user_message'`), 1)
})

test('a request that was answered to the end and comes again is a new message', async (t) => {
  const application = scripted((chat) => sayWhole(chat, 'Yes'))
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const { threadId } = await client.say('Go on')
  await client.say('Go on', threadId)
  await client.say('Go on', threadId)
  assert.equal((await client.listItems(threadId)).data.length, 6)
})

// Whoever says the same once more within a minute would only hear what was said to the first.
test('an answer that was heard to its end in another process is not taken for the next', async (t) => {
  const { here, there, release, calls, databaseUrl } = await startTwo(t)
  const body = JSON.stringify({ type: 'threads.create', params: { input: input('Go on') } })
  const abort = new AbortController()
  const first = await here.fetch(body, { signal: abort.signal })
  const reader = first.body?.pipeThrough(new TextDecoderStream()).getReader()
  let heard = ''
  while (!heard.includes('working')) heard += (await reader?.read())?.value ?? ''
  abort.abort()
  await eventually(async () => (await count(databaseUrl, 'runs where detached_at < now()')) === 1)
  const repeat = await there.fetch(body)
  release.resolve()
  assert.match(await repeat.text(), /thread\.item\.done[^\n]*working/v)
  assert.equal(calls(), 1)
  await (await there.fetch(body)).text()
  assert.equal(calls(), 2)
  assert.equal(await count(databaseUrl, 'threads'), 2)
})

test('an idempotency key is remembered after the answer has been heard', async (t) => {
  const application = scripted((chat) => sayWhole(chat, 'Yes'))
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const headers = { 'idempotency-key': 'order-7' }
  const first = await client.say('Buy it', undefined, { headers })
  const second = await client.say('Buy it', undefined, { headers })
  assert.deepEqual(second.events, first.events)
  assert.equal(await count(service.databaseUrl, 'threads'), 1)
})

// The answer to the first would be heard as the answer to this, and the message would be lost.
test('an idempotency key that comes with something else is refused, and nothing is stored', async (t) => {
  const { here, there, release, databaseUrl } = await startTwo(t)
  const headers = { 'idempotency-key': 'order-7' }
  const params = { input: input('Buy it') }
  const live = here.stream('threads.create', params, { headers })
  const first = await live.next()
  assert.ok(!first.done && first.value.type === 'thread.created')
  const threadId = first.value.thread.id
  const others = async () => {
    for (const client of [here, there]) {
      for (const [type, other] of [
        ['threads.create', { input: input('Sell it') }],
        ['threads.add_user_message', { thread_id: threadId, ...params }],
      ] as const) {
        const reply = await client.post<{ code: string; message: string }>(type, other, { headers })
        assert.equal(reply.status, 422, reply.text)
        assert.equal(reply.body.code, 'key_reused')
        assert.match(reply.body.message, /Idempotency-Key was sent with another request/)
      }
    }
  }
  await others()
  release.resolve()
  await here.hear(live)
  await others()
  assert.equal(await count(databaseUrl, "items where type = 'user_message'"), 1)

  // The same is the same, whatever the integration says of it; another key is another request.
  const body = JSON.stringify({ type: 'threads.create', params, metadata: { attempt: 2 } })
  const again = await (await there.fetch(body, { headers })).text()
  assert.ok(again.includes(threadId))
  assert.equal(await count(databaseUrl, 'threads'), 1)
  await here.say('Sell it', undefined, { headers: { 'idempotency-key': 'order-8' } })
  assert.equal(await count(databaseUrl, 'threads'), 2)
})

// Whoever gives up a claim before the next one has it lets somebody in between.
test('repeats that come at once after a failure are answered once, in one conversation', async (t) => {
  let calls = 0
  const application = scripted(async (chat) => {
    calls += 1
    if (calls % 2 === 1) throw new Error('not this time')
    await sayWhole(chat, 'At last')
  })
  const first = await startService(t, { replacements: { application } })
  const { databaseUrl } = first
  const second = await startService(t, { replacements: { application }, databaseUrl })
  const clients = [await first.as(alice), await second.as(alice)]
  const rounds = 4
  for (let round = 1; round <= rounds; round++) {
    const headers = { 'idempotency-key': `order-${round}` }
    const ask = async (index: number) =>
      await clients[index % 2]?.say(`Buy ${round}`, undefined, { headers })
    assert.equal((await ask(0))?.events.at(-1)?.type, 'error')
    const said = await Promise.all(Array.from({ length: 8 }, (_, index) => ask(index)))
    for (const one of said) assert.equal(one?.text, 'At last')
    assert.equal(await count(databaseUrl, 'threads'), round)
    assert.equal(await count(databaseUrl, "items where type = 'user_message'"), round)
    assert.equal(calls, 2 * round)
  }
})

test('an idempotency key is remembered for a day', async (t) => {
  const application = scripted((chat) => sayWhole(chat, 'Yes'))
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const headers = { 'idempotency-key': 'order-7' }
  await client.say('Buy it', undefined, { headers })
  for (const [hours, threads] of [
    [23, 1],
    [25, 2],
  ] as const) {
    const past = `update runs set ended_at = now() - make_interval(hours => ${hours})`
    await query(service.databaseUrl, past)
    await client.say('Buy it', undefined, { headers })
    assert.equal(await count(service.databaseUrl, 'threads'), threads, `${hours} hours later`)
  }
})

test('a client whose stream was cut hears the rest from the last event that it names', async (t) => {
  const { here, there, release, databaseUrl } = await startTwo(t)
  const body = JSON.stringify({ type: 'threads.create', params: { input: input('Hi') } })
  const abort = new AbortController()
  const first = await here.fetch(body, { signal: abort.signal })
  const reader = first.body?.pipeThrough(new TextDecoderStream()).getReader()
  let heard = ''
  while (!heard.includes('working')) heard += (await reader?.read())?.value ?? ''
  abort.abort()
  const headers = { 'last-event-id': lastId(heard) }
  const again = await Promise.all([here, there].map((client) => client.fetch(body, { headers })))
  release.resolve()
  for (const response of again) assertRest(await response.text(), heard)
  assert.equal(await count(databaseUrl, 'threads'), 1)
})

// Its first repeat may be cut before it says anything: then the client names again what it has
// heard of the answer that failed.
test('a client that has heard more of a failed answer hears the next one from its beginning', async (t) => {
  const fail = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  let calls = 0
  const application = scripted(async (chat) => {
    calls += 1
    const isFirst = calls === 1
    const answer = await beginMessage(chat)
    for (const word of isFirst ? ['much', 'that', 'was', 'said'] : ['anew']) await answer.add(word)
    await (isFirst ? fail : release).promise
    if (isFirst) throw new Error('not this time')
    await answer.done()
  })
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const body = JSON.stringify({ type: 'threads.create', params: { input: input('Hi') } })
  const hearUntil = async (word: string, headers: Readonly<Record<string, string>> = {}) => {
    const abort = new AbortController()
    const response = await client.fetch(body, { headers, signal: abort.signal })
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let heard = ''
    while (!heard.includes(word)) heard += (await reader?.read())?.value ?? ''
    abort.abort()
    return heard
  }
  const headers = { 'last-event-id': lastId(await hearUntil('said')) }
  const { databaseUrl } = service
  await eventually(async () => (await count(databaseUrl, 'runs where detached_at < now()')) === 1)
  fail.resolve()
  await eventually(async () => (await count(databaseUrl, "runs where status = 'failed'")) === 1)
  await hearUntil('anew', headers)
  const rest = client.fetch(body, { headers })
  await rest
  release.resolve()
  const whole = await (await rest).text()
  assert.match(whole, /^id: 1\n/v)
  assert.match(whole, /thread\.item\.done[^\n]*anew/v)
  assert.equal(calls, 2)
})

// A connection can be dead for minutes before its server is told.
test('the rest of an answer is there for a client that seemed to have heard it', async (t) => {
  const { here, there, release, databaseUrl } = await startTwo(t)
  release.resolve()
  const body = JSON.stringify({ type: 'threads.create', params: { input: input('Hi') } })
  const whole = await (await here.fetch(body)).text()
  const heard = whole.slice(0, whole.indexOf('\n\n', whole.indexOf('working')))
  await eventually(async () => (await count(databaseUrl, "runs where status = 'done'")) === 1)
  for (const client of [here, there]) {
    const again = await client.fetch(body, { headers: { 'last-event-id': lastId(heard) } })
    assertRest(await again.text(), heard)
  }
  assert.equal(await count(databaseUrl, 'threads'), 1)
})

function lastId(frames: string): string {
  return [...frames.matchAll(/^id: (\d+)$/gmv)].at(-1)?.[1] ?? ''
}

function assertRest(rest: string, heard: string): void {
  assert.match(rest, new RegExp(`^id: ${Number(lastId(heard)) + 1}\n`, 'v'))
  assert.ok(rest.includes('thread.item.done'))
  assert.ok(!rest.includes('thread.created'))
}
