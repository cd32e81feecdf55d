import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createParser } from 'eventsource-parser'
import type { ThreadStreamEvent } from '../../service/protocol/events.ts'
import { newId } from '../../service/protocol/ids.ts'
import { parseFrames } from '../../service/protocol/frames.ts'
import { ChatError } from '../../service/protocol/chat.ts'
import type { Chat } from '../../service/protocol/chat.ts'
import { input } from '../support/chat-client.ts'
import { readPlainEvents } from '../support/plain-event-stream.ts'
import { scripted } from '../support/scripted-application.ts'
import { alice, startService } from '../support/service.ts'

/** Text that could end a line, a frame, a stream, or the peace of whoever looks at a log. */
const HOSTILE = [
  '\n\ndata: {"type":"error","code":"custom","message":"x","allow_retry":true}\n\n',
  '\r\n\r\ndata: x\r\n\r\n',
  '\r\rdata: x\r\r',
  '\u2028\u2028data: x\u2029\u2029',
  '\x85data: x\v\f',
  'data: x',
  ': ping\n\n',
  'id: 99999\nevent: error\nretry: 1\n\n',
  '\\n\\ndata: x',
  '\uFEFF',
  '\x1B[2J\x1B[31m',
  '</script><!-- \u202E \u{1F469}\u200D\u{1F680} "\'\\',
].join(' | ')

/** Sends the hostile text in every field that an event can have. */
async function sayHostile(chat: Chat): Promise<void> {
  const base = { thread_id: chat.thread.id, created_at: new Date().toISOString() }
  const source = { type: 'url', title: HOSTILE, url: HOSTILE, description: HOSTILE } as const
  const annotation = { type: 'annotation', source, index: 1 } as const
  const part = { type: 'output_text', text: HOSTILE, annotations: [annotation] } as const
  const item = { ...base, id: newId('message'), type: 'assistant_message', content: [] } as const
  await chat.showProgress(HOSTILE, HOSTILE)
  await chat.send({ type: 'thread.item.added', item: { ...item, content: [] } })
  const place = { item_id: item.id, type: 'thread.item.updated' } as const
  await chat.send({
    ...place,
    update: {
      type: 'assistant_message.content_part.text_delta',
      content_index: 0,
      delta: HOSTILE,
    },
  })
  const content = [{ ...part, annotations: [...part.annotations] }]
  await chat.send({ type: 'thread.item.done', item: { ...item, content } })
  await chat.showWidget(
    { type: 'Card', [HOSTILE]: HOSTILE, children: [{ type: 'Text', value: HOSTILE }] },
    { copyText: HOSTILE },
  )
  await chat.send({ type: 'notice', level: 'info', message: HOSTILE, title: HOSTILE })
  await chat.send({ type: 'client_effect', name: HOSTILE, data: { [HOSTILE]: HOSTILE } })
  chat.thread.title = HOSTILE
  await chat.send({ type: 'progress_update', text: 'end' })
}

const hostileInput = {
  content: [
    { type: 'input_text', text: HOSTILE },
    { type: 'input_tag', id: HOSTILE, text: HOSTILE, group: HOSTILE, data: { [HOSTILE]: HOSTILE } },
  ],
  attachments: [],
  quoted_text: HOSTILE,
  inference_options: { model: HOSTILE, tool_choice: { id: HOSTILE } },
}

function readWithLibrary(text: string) {
  const events: { id: string | undefined; data: string }[] = []
  const parser = createParser({
    onEvent: ({ id, event, data }) => {
      assert.equal(event, undefined)
      events.push({ id, data })
    },
    onError: (error) => assert.fail(error),
  })
  parser.feed(text)
  return events
}

const TYPES = [
  'thread.created',
  'thread.item.done',
  'stream_options',
  'progress_update',
  'thread.item.added',
  'thread.item.updated',
  'thread.item.done',
  'thread.item.done',
  'notice',
  'client_effect',
  'progress_update',
  'thread.updated',
  'error',
]

// Who can end a frame can speak in the name of the service.
test('no text can begin an event, and every text arrives as it was, by two readers', async (t) => {
  const application = scripted(async (chat) => {
    await sayHostile(chat)
    throw new ChatError(HOSTILE)
  })
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const headers = { 'idempotency-key': 'hostile' }
  const response = await client.send('threads.create', { input: hostileInput }, { headers })
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(await response.arrayBuffer())
  const frames = readPlainEvents(text)
  assert.deepEqual(
    frames.map(({ id, data }) => ({ id, data })),
    readWithLibrary(text),
  )
  assert.deepEqual(
    frames.map(({ id }) => id),
    TYPES.map((_type, index) => String(index + 1)),
  )
  const events = frames.map(({ data }): ThreadStreamEvent => JSON.parse(data))
  assert.deepEqual(
    events.map(({ type }) => type),
    TYPES,
  )
  const strings = events.flatMap(stringsOf).filter((one) => one.includes('data: x'))
  assert.ok(strings.length > 25, String(strings.length))
  for (const one of strings) assert.equal(one, HOSTILE)
})

/** Every string in a JSON value, names of properties included. */
function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, child]) => [key, ...stringsOf(child)])
}

test('another process reads the same frames from the database, whatever is in them', async (t) => {
  const release = Promise.withResolvers<void>()
  const application = scripted(async (chat) => {
    await sayHostile(chat)
    await release.promise
  })
  const first = await startService(t, { replacements: { application } })
  const { databaseUrl } = first
  const second = await startService(t, { replacements: { application }, databaseUrl })
  const options = { headers: { 'idempotency-key': 'hostile' } }
  const params = { input: hostileInput }
  const here = await (await first.as(alice)).send('threads.create', params, options)
  const there = await (await second.as(alice)).send('threads.create', params, options)
  release.resolve()
  const [one, other] = await Promise.all([here.text(), there.text()])
  assert.deepEqual(readPlainEvents(other), readPlainEvents(one))
  assert.equal(parseFrames(one).length, TYPES.length - 1)
})

test('a stream says that nobody on the way may hold it back, and pings through silence', async (t) => {
  const release = Promise.withResolvers<void>()
  const application = scripted(() => release.promise)
  const service = await startService(t, {
    replacements: { application },
    environment: { HEARTBEAT_SECONDS: '1' },
  })
  const client = await service.as(alice)
  const response = await client.send('threads.create', { input: input('Hi') })
  const header = (name: string) => response.headers.get(name)
  assert.equal(header('content-type'), 'text/event-stream; charset=utf-8')
  assert.equal(header('cache-control'), 'no-cache, no-transform')
  assert.equal(header('x-accel-buffering'), 'no')
  assert.equal(header('content-encoding'), null)
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (text.split(': ping\n\n').length < 3) text += (await reader?.read())?.value ?? ''
  release.resolve()
  for (let next = await reader?.read(); next?.value; next = await reader?.read()) text += next.value
  assert.equal(readPlainEvents(text).length, 3, 'a ping is no event')
  assert.equal(readWithLibrary(text).length, 3)
})
