import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { newId } from '../../service/protocol/ids.ts'
import type { TokenSubject } from '../../service/local/tokens.ts'
import type { ChatApplication } from '../../service/protocol/chat.ts'
import { input } from '../support/chat-client.ts'
import type { ChatClient } from '../support/chat-client.ts'
import { query } from '../support/query.ts'
import { comparable, sendRaw } from '../support/raw-http.ts'
import type { RawAnswer } from '../support/raw-http.ts'
import { beginMessage, untilAborted } from '../support/scripted-application.ts'
import { alice, bob, otherAlice, startService, tokenOf } from '../support/service.ts'
import type { TestService } from '../support/service.ts'

const SECRET_TEXT = 'Payroll of March'

/** Ids to put into a request. */
interface Ids {
  readonly thread: string
  readonly item: string
  readonly widget: string
  readonly form: string
  readonly otherForm: string
}

interface OwnedRequest {
  readonly operation: string
  /** The field that gets an id it should not have; the others are the sender's own. */
  readonly field: keyof Ids
  readonly params: (ids: Ids) => object
  /** The answer that tells nothing: a JSON status, or the one event of a stream. */
  readonly refusal: number | 'event'
}

const action = { type: 'poke' }

/** Every operation that is offered, with every field that takes an id; the last one is the end. */
const requests: readonly OwnedRequest[] = [
  byThread('threads.get_by_id', {}, 404),
  byThread('items.list', {}, 404),
  {
    ...byThread('items.list', {}, 404),
    params: ({ thread, item }) => ({ thread_id: thread, after: item }),
  },
  byThread('threads.update', { title: 'Renamed' }, 404),
  { ...byThread('threads.list', {}, 404), params: ({ thread }) => ({ after: thread, limit: 3 }) },
  byItem('items.list', ({ item }) => ({ after: item, order: 'asc' }), 404),
  byItem('items.feedback', ({ item }) => ({ item_ids: [item], kind: 'positive' }), 200),
  {
    ...byThread('items.feedback', {}, 404),
    params: ({ thread, item }) => ({ thread_id: thread, item_ids: [item], kind: 'negative' }),
  },
  byThread('threads.add_client_tool_output', { result: { by: 'somebody' } }, 'event'),
  byThread('threads.custom_action', { action }, 'event'),
  {
    ...byThread('threads.custom_action', {}, 'event'),
    params: ({ thread, widget }) => ({ thread_id: thread, item_id: widget, action }),
  },
  {
    ...byItem('threads.custom_action', ({ widget }) => ({ item_id: widget, action }), 'event'),
    field: 'widget',
  },
  byThread('threads.sync_custom_action', { action }, 404),
  {
    ...byItem('threads.sync_custom_action', ({ widget }) => ({ item_id: widget, action }), 404),
    field: 'widget',
  },
  {
    ...byThread('threads.add_structured_input', {}, 'event'),
    params: ({ thread, otherForm }) => ({ thread_id: thread, item_id: otherForm, input: {} }),
  },
  {
    ...byItem(
      'threads.add_structured_input',
      ({ form }) => ({ item_id: form, input: {} }),
      'event',
    ),
    field: 'form',
  },
  byItem('threads.retry_after_item', ({ item }) => ({ item_id: item }), 'event'),
  {
    ...byThread('threads.retry_after_item', {}, 'event'),
    params: ({ thread, item }) => ({ thread_id: thread, item_id: item }),
  },
  byThread('threads.add_user_message', { input: input('Me too') }, 'event'),
  // A conversation that is gone and one that never was are one answer for its owner as well.
  byThread('threads.delete', {}, 200),
]

function byThread(operation: string, rest: object, refusal: OwnedRequest['refusal']): OwnedRequest {
  return {
    operation,
    field: 'thread',
    params: ({ thread }) => ({ thread_id: thread, ...rest }),
    refusal,
  }
}

function byItem(
  operation: string,
  rest: (ids: Ids) => object,
  refusal: OwnedRequest['refusal'],
): OwnedRequest {
  return {
    operation,
    field: 'item',
    params: (ids) => ({ thread_id: ids.thread, ...rest(ids) }),
    refusal,
  }
}

/**
 * Answers with a widget and a form, and asks the browser for something; what it is told to wait for
 * never comes.
 */
const application: ChatApplication = {
  respond: async (chat, message) => {
    const answer = await beginMessage(chat)
    await answer.add(SECRET_TEXT)
    const part = message?.content[0]
    if (part?.text === 'wait') return await untilAborted(chat.signal)
    await answer.done()
    if (!message) return
    await chat.showWidget({ type: 'Card', children: [] })
    await chat.ask([{ type: 'freeform', id: 'q', question: 'Why?' }])
    await chat.ask([{ type: 'freeform', id: 'q', question: 'Really?' }])
    chat.callBrowser({ name: 'pick', arguments: {} })
  },
  action: (chat) => chat.say('Done'),
  syncAction: async (_scene, _action, sender) => sender,
}

async function send(
  service: TestService,
  subject: TokenSubject,
  { type, params }: { type: string; params: object },
): Promise<RawAnswer> {
  return await sendRaw(service.url, {
    headers: [
      ['content-type', 'application/json'],
      ['authorization', `Bearer ${await tokenOf(subject)}`],
    ],
    body: JSON.stringify({ type, params }),
  })
}

/** A conversation of someone, with a question, an answer and a call that waits for the browser. */
async function converse(service: TestService, subject: TokenSubject): Promise<Ids> {
  const client = await service.as(subject)
  const { threadId } = await client.say('Hello')
  return await idsOf(client, threadId)
}

async function idsOf(client: ChatClient, threadId: string): Promise<Ids> {
  const items = (await client.listItems(threadId, { order: 'asc' })).data
  const idOf = (type: string) => items.find((item) => item.type === type)?.id ?? newId('message')
  return {
    thread: threadId,
    item: idOf('user_message'),
    widget: idOf('widget'),
    form: idOf('structured_input'),
    otherForm: items.findLast(({ type }) => type === 'structured_input')?.id ?? newId('message'),
  }
}

/** A conversation whose answer is being written. */
async function converseNow(t: TestContext, service: TestService): Promise<Ids> {
  const client = await service.as(alice)
  const abort = new AbortController()
  t.after(() => abort.abort())
  const { signal } = abort
  const stream = client.stream('threads.create', { input: input('wait') }, { signal })
  const created = (await stream.next()).value
  assert.ok(created?.type === 'thread.created')
  return await idsOf(client, created.thread.id)
}

async function deleted(service: TestService, subject: TokenSubject): Promise<Ids> {
  const ids = await converse(service, subject)
  await (await service.as(subject)).post('threads.delete', { thread_id: ids.thread })
  return ids
}

/** Everything that belongs to alice, as the database has it. What lives renews its lease. */
async function rowsOfAlice({ databaseUrl }: TestService): Promise<unknown> {
  const mine = `where org_id = 'acme' and user_id = 'alice'`
  const rows = await query<object>(
    databaseUrl,
    `select (select json_agg(t order by id) from (select * from threads ${mine}) t) as threads,
            (select json_agg(i order by thread_id, id) from (select * from items ${mine}) i) as items,
            (select json_agg(f) from (select * from feedback ${mine}) f) as feedback,
            (select json_agg(r order by id)
               from (select id, status, cancel_requested_at, detached_at, epoch
                       from runs ${mine}) r) as runs`,
  )
  return rows[0]
}

const all = (id: string) => ({ item: id, widget: id, form: id, otherForm: id })

/** What no conversation of the sender has, though some of it looks as if it were another's. */
function neverWere({ thread, item, widget, form, otherForm }: Ids): Ids[] {
  const spelled = (change: (id: string) => string) => ({
    thread: change(thread),
    item: change(item),
    widget: change(widget),
    form: change(form),
    otherForm: change(otherForm),
  })
  return [
    spelled((id) => `${id}' or '1'='1`),
    spelled((id) => id.toUpperCase()),
    spelled((id) => `${id}\0`),
    spelled((id) => ` ${id}`),
    spelled((id) => `${id.slice(0, -1)}%`),
    { thread: '../../threads', ...all('x'.repeat(200)) },
    { thread: '\u{1F6E5}', ...all('null') },
    { thread: item, ...all(thread) },
  ]
}

// Different answers for "not yours" and "not there" would let a stranger test which ids exist.
for (const [who, stranger] of [
  ['another user of the same organisation', bob],
  ['a user of the same name in another organisation', otherAlice],
] as const) {
  test(`for ${who}, what is not theirs looks exactly like what never was`, async (t) => {
    const service = await startService(t, { replacements: { application } })
    const victim = await converse(service, alice)
    const hostile = [
      victim,
      await converseNow(t, service),
      await deleted(service, alice),
      await deleted(service, stranger),
      ...neverWere(victim),
    ]
    const own = await converse(service, stranger)
    const before = await rowsOfAlice(service)
    for (const { operation: type, field, params, refusal } of requests) {
      const id = newId('message')
      const unknown = { thread: newId('thread'), item: id, widget: id, form: id, otherForm: id }
      const missing = await send(service, stranger, {
        type,
        params: params({ ...(field === 'thread' ? victim : own), [field]: unknown[field] }),
      })
      assert.equal(missing.status, refusal === 'event' ? 200 : refusal, type)
      if (refusal === 'event') assert.match(missing.body, /^id: 1\ndata: {"type":"error".*\n\n$/)
      for (const ids of hostile) {
        // A foreign thread is asked for with its own item; a foreign item, in a thread of one's
        // own.
        const both = field === 'thread' ? ids : { ...own, [field]: ids[field] }
        const foreign = await send(service, stranger, { type, params: params(both) })
        assert.deepEqual(
          comparable(foreign),
          comparable(missing),
          `${type} ${JSON.stringify(both)}`,
        )
      }
    }
    assert.deepEqual(await rowsOfAlice(service), before)
    assert.deepEqual(await query(service.databaseUrl, 'select 1 from feedback'), [])
    const list = await (await service.as(stranger)).listThreads()
    assert.deepEqual(
      list.data.map((thread) => thread.id),
      [own.thread],
    )
  })
}

// Without this the test above would pass if every request were refused.
test('the owner succeeds with each of these requests', async (t) => {
  const service = await startService(t, { replacements: { application } })
  await converse(service, alice)
  const own = await converse(service, alice)
  for (const { operation: type, params } of requests) {
    const answer = await send(service, alice, { type, params: params(own) })
    assert.equal(answer.status, 200, type)
    assert.ok(!answer.body.includes('"type":"error"'), `${type}: ${answer.body}`)
    assert.notEqual(answer.body, '', type)
  }
  const feedback = await query(service.databaseUrl, 'select kind from feedback')
  assert.deepEqual(feedback, [], 'what was said of a deleted conversation is gone with it')
  assert.equal((await (await service.as(alice)).listThreads()).data.length, 1)
})

// A repeat of a request is told the answer of the first one, so whose it is counts there as well.
test('the same request with the same key in other hands begins an answer of its own', async (t) => {
  const service = await startService(t, { replacements: { application } })
  const headers = { 'idempotency-key': 'order-7', 'chatkit-frame-instance-id': 'frame-1' }
  const mine = await (await service.as(alice)).say('Hello', undefined, { headers })
  for (const stranger of [bob, otherAlice]) {
    const theirs = await (await service.as(stranger)).say('Hello', undefined, { headers })
    assert.equal(theirs.events[0]?.type, 'thread.created')
    assert.notEqual(theirs.threadId, mine.threadId)
  }
})
