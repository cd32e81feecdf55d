import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ThreadItem } from '../../service/protocol/items.ts'
import { input } from '../support/chat-client.ts'
import type { ChatClient } from '../support/chat-client.ts'
import { eventually } from '../support/eventually.ts'
import { LogBuffer } from '../support/log-buffer.ts'
import { brokenTexts, naughtyTexts } from '../support/naughty-texts.ts'
import { query } from '../support/query.ts'
import { beginMessage, scripted } from '../support/scripted-application.ts'
import { alice, startService } from '../support/service.ts'

const texts = Object.values(naughtyTexts).flat()
const NO_LIMITS = { QUOTAS: '{"default":{}}' }
const PARTS_MAX = 100
const ID_LENGTH_MAX = 200

/** Says back what it was told, a part at a time. */
const echo = scripted(async (chat, message) => {
  const answer = await beginMessage(chat)
  for (const part of message?.content ?? []) await answer.add(part.text)
  await answer.done()
})

// The rule, and not the code of the service: Postgres holds every character but one.
const stored = (text: string) => text.split('\0').join('')

function partsOf(item: ThreadItem | undefined): readonly string[] {
  assert.ok(item && (item.type === 'user_message' || item.type === 'assistant_message'))
  return item.content.map((part) => part.text)
}

test(`${texts.length} texts come back as they were sent but for NUL, in messages and in streams`, async (t) => {
  assert.ok(texts.length >= 400)
  const buffer = new LogBuffer()
  const service = await startService(t, {
    environment: NO_LIMITS,
    replacements: { application: echo, log: buffer.log },
  })
  const client = await service.as(alice)
  let requests = 0
  for (let first = 0; first < texts.length; first += PARTS_MAX) {
    const sent = texts.slice(first, first + PARTS_MAX)
    const content = sent.map((text) => ({ type: 'input_text', text }))
    const message = { ...input(''), content, quoted_text: sent.join(' ') }
    const { events, threadId } = await client.hear(
      client.stream('threads.create', { input: message }),
    )
    // What a text looks like adds no event and takes none away.
    const deltas = events.filter((event) => event.type === 'thread.item.updated')
    assert.equal(deltas.length, sent.length)
    assert.equal(events.length, sent.length + 5)
    const [question, answer] = (await client.listItems(threadId, { order: 'asc' })).data
    assert.deepEqual(partsOf(question), sent.map(stored))
    assert.ok(question?.type === 'user_message')
    assert.equal(question.quoted_text, stored(sent.join(' ')))
    assert.deepEqual(partsOf(answer), [stored(sent.join(''))])
    requests += 2
  }
  // Nor is a line of the log added or broken.
  await eventually(() => buffer.lines('request').length >= requests)
  await eventually(() => buffer.lines('run ended').length >= requests / 2)
  assert.equal(buffer.lines('request').length, requests)
  assert.equal(buffer.lines('run ended').length, requests / 2)
})

test('the same as titles, as data of a mention and as ids of what is not there', async (t) => {
  const service = await startService(t, {
    environment: NO_LIMITS,
    replacements: { application: echo },
  })
  const client = await service.as(alice)
  const { threadId } = await client.say('Hi')
  for (const title of texts.filter((text) => text.length <= 1_000)) {
    const renamed = await client.post<{ title?: string }>('threads.update', {
      thread_id: threadId,
      title,
    })
    assert.equal(renamed.status, 200, `${JSON.stringify(title)}: ${renamed.text}`)
    assert.equal(renamed.body.title, stored(title))
    const thread_id = title
    const missing = await client.post('threads.get_by_id', { thread_id })
    const isId = title !== '' && title.length <= ID_LENGTH_MAX
    assert.equal(missing.status, isId ? 404 : 400, JSON.stringify(title))
    assert.equal(
      (await client.post('items.list', { thread_id: threadId, after: title })).status,
      isId ? 404 : 400,
    )
  }
  const data = Object.fromEntries(
    texts.map((text, index) => [`${index} ${text}`.slice(0, 900), [text, { text }]]),
  )
  const tag = { type: 'input_tag', id: 'a', text: 'b', data }
  const params = { thread_id: threadId, input: { ...input(''), content: [tag] } }
  await client.hear(client.stream('threads.add_user_message', params))
  const [row] = await query<{ data: unknown }>(
    service.databaseUrl,
    `select item -> 'content' -> 0 -> 'data' as data from items where item::text like '%input_tag%'`,
  )
  const expected = Object.fromEntries(
    Object.entries(data).map(([key, values]) => [
      stored(key),
      values.map((value) =>
        typeof value === 'string' ? stored(value) : { text: stored(value.text) },
      ),
    ]),
  )
  assert.deepEqual(row?.data, expected)
})

test('a text that is no Unicode is a 400 wherever it stands, and nothing is stored of it', async (t) => {
  const service = await startService(t, {
    environment: NO_LIMITS,
    replacements: { application: echo },
  })
  const client: ChatClient = await service.as(alice)
  for (const text of brokenTexts) {
    for (const [type, params] of [
      ['threads.create', { input: input(text) }],
      ['threads.update', { thread_id: 'thr_1', title: text }],
      ['threads.get_by_id', { thread_id: text }],
      ['threads.list', { [text]: 1 }],
    ] as const) {
      const { status, body } = await client.post<{ message: string }>(type, params)
      assert.equal(status, 400, JSON.stringify(text))
      assert.match(body.message, /not valid Unicode/)
    }
  }
  assert.deepEqual(await query(service.databaseUrl, 'select 1 from items'), [])
})
