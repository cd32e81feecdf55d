import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { resumingFetch } from '../../service/local/page/chat/resuming-fetch.ts'
import type { ResumingOptions } from '../../service/local/page/chat/resuming-fetch.ts'
import { pageTest } from '../support/browser.ts'
import { input } from '../support/chat-client.ts'
import { eventually } from '../support/eventually.ts'
import { query } from '../support/query.ts'
import { beginMessage, scripted } from '../support/scripted-application.ts'
import { alice, startService, tokenOf } from '../support/service.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { ChatPage } from './chat-page.ts'
import { heldModel } from './held-model.ts'

const TICKS = 60
const TICK_MS = 15
const QUICK: ResumingOptions = { waitsMs: [5, 5, 50, 200, 500] }

/** A service whose answers count aloud, behind a wire that can be cut, and a request for one. */
async function startCounting(t: TestContext) {
  const application = scripted(async (chat) => {
    const message = await beginMessage(chat)
    for (let tick = 0; tick < TICKS; tick += 1) {
      await message.add(`tick ${tick} ü\n`)
      await sleep(TICK_MS)
    }
    await message.done()
  })
  const service = await startService(t, { replacements: { application } })
  const wire = await startTcpProxy(t, service.url)
  const init = {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await tokenOf(alice)}`,
    },
    body: JSON.stringify({ type: 'threads.create', params: { input: input('Count') } }),
  }
  return { service, wire, init, url: new URL('/chatkit', wire.url).href }
}

/** Every event is heard whole, once, and in its order. */
function assertUnbroken(text: string): void {
  const ids = [...text.matchAll(/^id: (\d+)\ndata: \{.*\}\n\n/gmv)].map(([, id]) => Number(id))
  assert.deepEqual(
    ids,
    ids.map((_, index) => index + 1),
  )
  const ticks = [...text.matchAll(/"delta":"tick (\d+) ü/gv)].map(([, tick]) => Number(tick))
  assert.deepEqual(ticks, [...Array(TICKS).keys()])
}

test('an answer that is cut again and again is heard as one', async (t) => {
  const { service, wire, init, url } = await startCounting(t)
  let requests = 0
  const counting: typeof fetch = (...parameters) => {
    requests += 1
    return fetch(...parameters)
  }
  const response = await resumingFetch(counting, QUICK)(url, init)
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/v)
  const text = response.text()
  for (let cuts = 0; cuts < 4; cuts += 1) {
    await sleep(7 * TICK_MS)
    wire.cut()
    wire.restore()
  }
  assertUnbroken(await text)
  assert.ok(requests > 1, 'the wire was cut while something was on it')
  assert.deepEqual(await query(service.databaseUrl, 'select count(*)::int from runs'), [
    { count: 1 },
  ])
})

// A phone that has changed its network: nobody tells it that its connection is dead.
test('a connection that falls silent is given up for another', async (t) => {
  const { wire, init, url } = await startCounting(t)
  const response = await resumingFetch(fetch, { ...QUICK, silenceMsMax: 300 })(url, init)
  const text = response.text()
  await sleep(10 * TICK_MS)
  wire.freeze()
  // What is begun from now on goes through; the frozen connection stays as it is.
  await sleep(200)
  wire.cut()
  wire.restore()
  assertUnbroken(await text)
})

/** A server that says two events, and then breaks the connection. */
function breaking(again: () => Promise<Response>, onBreak = broken) {
  const asked: (string | null)[] = []
  const fetchOnce: typeof fetch = async (_, init) => {
    const lastEventId = new Headers(init?.headers).get('last-event-id')
    asked.push(lastEventId)
    if (asked.length > 1) return await again()
    return eventStream(['id: 1\ndata: {}\n\nid: 2\nda', 'ta: {}\n\nid: 3\ndata: {'], onBreak)
  }
  return { asked, fetch: fetchOnce }
}

const broken = (): Error => new TypeError('the connection broke')

function eventStream(parts: readonly string[], end?: () => Error): Response {
  const chunks = parts.map((part) => new TextEncoder().encode(part))
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const chunk = chunks.shift()
      if (chunk) return controller.enqueue(chunk)
      await sleep(TICK_MS) // what came before is read by then
      if (end) controller.error(end())
      else controller.close()
    },
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}

const request = { method: 'POST', body: '{}' }

test('the rest is asked for after the last whole event, and half an event is never passed on', async () => {
  const server = breaking(() => Promise.resolve(eventStream(['id: 3\ndata: {}\n\n'])))
  const response = await resumingFetch(server.fetch, QUICK)('/chatkit', request)
  assert.equal(await response.text(), 'id: 1\ndata: {}\n\nid: 2\ndata: {}\n\nid: 3\ndata: {}\n\n')
  assert.deepEqual(server.asked, [null, '2'])
})

test('a server that is being replaced is asked again, and one that refuses is not', async () => {
  const replaced = breaking(() => Promise.resolve(new Response(null, { status: 503 })))
  const response = await resumingFetch(replaced.fetch, QUICK)('/chatkit', request)
  await assert.rejects(response.text(), /the connection broke/v)
  assert.equal(replaced.asked.length, 1 + (QUICK.waitsMs?.length ?? 0))
  const refusing = breaking(() => Promise.resolve(new Response(null, { status: 401 })))
  const refused = await resumingFetch(refusing.fetch, QUICK)('/chatkit', request)
  await assert.rejects(refused.text(), /the connection broke/v)
  assert.deepEqual(refusing.asked, [null, '2'])
})

test('a server that cuts without a new event each time is not asked for ever', async () => {
  const server = breaking(() => Promise.resolve(eventStream([': ping\n\n'], broken)))
  const response = await resumingFetch(server.fetch, QUICK)('/chatkit', request)
  await assert.rejects(response.text(), /the connection broke/v)
  assert.equal(server.asked.length, 1 + (QUICK.waitsMs?.length ?? 0))
})

// The service would take the same request for a new message.
test('after a long sleep nothing is asked for again', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const server = breaking(
    () => Promise.resolve(eventStream([])),
    () => {
      t.mock.timers.tick(3_600_000)
      return broken()
    },
  )
  const response = await resumingFetch(server.fetch, QUICK)('/chatkit', request)
  await assert.rejects(response.text(), /the connection broke/v)
  assert.deepEqual(server.asked, [null])
})

test('whoever leaves is not followed, and what is no stream of events is left as it is', async (t) => {
  const { service, wire, init, url } = await startCounting(t)
  const leaving = new AbortController()
  let requests = 0
  const counting: typeof fetch = (...parameters) => {
    requests += 1
    return fetch(...parameters)
  }
  const resuming = resumingFetch(counting, QUICK)
  const response = await resuming(url, { ...init, signal: leaving.signal })
  const reader = response.body?.getReader()
  await reader?.read()
  leaving.abort()
  await assert.rejects(async () => {
    while (!(await reader?.read())?.done);
  }, /abort/v)
  const another = await resuming(url, init)
  await another.body?.cancel()
  wire.cut()
  await sleep(100)
  assert.equal(requests, 2)
  wire.restore()
  const health = await resuming(new URL('/health', service.url))
  assert.deepEqual(await health.json(), { status: 'ok' })
})

let release = Promise.withResolvers<void>()
const WORDS = 'demo model'

pageTest('an answer whose connection breaks goes on where it was, without a word', {
  replacements: {
    modelProvider: heldModel((said) => (said.includes(WORDS) ? release.promise : undefined)),
  },
  body: async ({ open, service }) => {
    release = Promise.withResolvers()
    const page = await open({ expected: /ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION/v })
    const chat = new ChatPage(page)
    const answer = await chat.ask('Hello there')
    await eventually(async () => (await answer.innerText()).includes(WORDS))
    service.service.app.server.closeAllConnections()
    release.resolve()
    const whole = await chat.whole(answer)
    await page.reload()
    await chat.answers.waitFor()
    assert.equal(await chat.whole(chat.answers), whole)
    assert.match(whole, /demo model[\s\S]{40}/v)
    assert.equal(await page.getByRole('alert').count(), 0)
    assert.deepEqual(await query(service.databaseUrl, 'select status from runs'), [
      { status: 'done' },
    ])
  },
})
