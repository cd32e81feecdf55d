import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BODY_BYTES_MAX } from '../../service/http/limits.ts'
import type { ChatAudio } from '../../service/protocol/chat.ts'
import { input } from '../support/chat-client.ts'
import { query } from '../support/query.ts'
import { headerOf, open, readAnswer, sendRaw, toText } from '../support/raw-http.ts'
import { sayWhole, scripted } from '../support/scripted-application.ts'
import { alice, startService, tokenOf } from '../support/service.ts'

const application = scripted((chat) => sayWhole(chat, 'Hello'))
const DICTATION_BYTES_MAX = 4 * 1024 * 1024 // the default
const listOf = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
const list = (params: string, rest = '') => `{"type":"threads.list","params":${params}${rest}}`

async function headersFor(contentType = 'application/json') {
  return [
    ['content-type', contentType],
    ['authorization', `Bearer ${await tokenOf(alice)}`],
  ] as const
}

test('a body may have exactly as many bytes as the limit says', async (t) => {
  const service = await startService(t)
  const headers = await headersFor()
  const body = list('{}').padEnd(BODY_BYTES_MAX, ' ')
  assert.equal((await sendRaw(service.url, { headers, body })).status, 200)
  const more = await sendRaw(service.url, { headers, body: `${body} ` })
  assert.equal(more.status, 413)
  assert.equal(JSON.parse(more.body).code, 'body_too_large')
})

// Whoever is told "too large" and goes on sending must not keep the service reading.
test('what is too large is refused without reading on, announced or not', async (t) => {
  const service = await startService(t)
  const headers = await headersFor()
  const announced = await sendRaw(service.url, {
    headers: [...headers, ['content-length', String(DICTATION_BYTES_MAX + 1)]],
  })
  assert.equal(announced.status, 413)
  assert.equal(headerOf(announced, 'connection'), 'close')

  // Nothing is on its way when the connection ends, so that the answer cannot be lost.
  const chunked = [...headers, ['transfer-encoding', 'chunked']] as const
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
  const socket = open(service.url)
  socket.write(toText({ headers: chunked }) + chunk.repeat(BODY_BYTES_MAX / 0x10000) + '1\r\nx\r\n')
  const answer = await readAnswer(socket)
  assert.equal(answer.status, 413)
  assert.equal(headerOf(answer, 'connection'), 'close')
  socket.destroy()

  // An endless body: the service ends the connection instead of throwing away what comes.
  const endless = open(service.url)
  endless.on('error', () => undefined)
  endless.write(toText({ headers: chunked }))
  const feed = () => {
    while (!endless.destroyed && endless.write(chunk));
  }
  endless.on('drain', feed)
  feed()
  endless.resume()
  await new Promise((resolve) => endless.on('close', resolve))
  assert.ok(endless.bytesWritten < 20 * BODY_BYTES_MAX, String(endless.bytesWritten))
})

const transcribe = async ({ bytes }: ChatAudio) => `${bytes.length} bytes`

test('speech may be longer than other requests, and nothing can pass for it', async (t) => {
  const service = await startService(t, {
    replacements: { application: { ...application, transcribe } },
  })
  const headers = await headersFor()
  const audio = Buffer.alloc(BODY_BYTES_MAX, 7).toString('base64')
  const params = { audio_base64: audio, mime_type: 'audio/webm;codecs=opus' }
  const body = JSON.stringify({ type: 'input.transcribe', params })
  const heard = await sendRaw(service.url, { headers, body })
  assert.deepEqual(JSON.parse(heard.body), { text: `${BODY_BYTES_MAX} bytes` })

  assert.equal(
    (await sendRaw(service.url, { headers, body: body.padEnd(DICTATION_BYTES_MAX + 1) })).status,
    413,
  )
  const hidden = JSON.stringify({ params, type: 'input.transcribe' })
  assert.equal((await sendRaw(service.url, { headers, body: hidden })).status, 413)
  const begun = `{"type":"input.transcribe","params":{"x":"${audio}"},`
  for (const end of ['"type":"threads.list"}', '"params":{},"type":"threads.list"}', '"type":7}']) {
    const renamed = await sendRaw(service.url, { headers, body: begun + end })
    assert.equal(renamed.status, 413, end)
  }
  const many = `${begun}"more":[${'0,'.repeat(1_000)}0]}`
  assert.match((await sendRaw(service.url, { headers, body: many })).body, /more than 1000 values/)
})

function answers(given: string): string {
  const params = `"thread_id":"a","item_id":"b","input":{"answers":${given}}`
  return `{"type":"threads.add_structured_input","params":{${params}}}`
}

/** Bodies that are refused as they stand, with what the answer says of the place. */
const malformed: Readonly<Record<string, readonly [body: string | Buffer, words: RegExp]>> = {
  nothing: ['', /body: not valid JSON/],
  'half an object': ['{"type":', /body: not valid JSON/],
  'a comment': [`/* */${list('{}')}`, /body: not valid JSON/],
  'a key without quotes': ['{type:1}', /body: not valid JSON/],
  'a text that goes on after the body': [`${list('{}')} x`, /body: not valid JSON/],
  'bytes that are not UTF-8': [Buffer.from(`"\xFF\xFE"`, 'latin1'), /body: not valid JSON/],
  'an overlong encoding': [Buffer.from('"\xC0\xAF"', 'latin1'), /body: not valid JSON/],
  'UTF-16': [Buffer.from(`\uFEFF${list('{}')}`, 'utf16le'), /body: not valid JSON/],
  'a number': ['7', /body: /],
  'ten thousand lists in each other': [listOf(10_000), /nested deeper than 64/],
  'half a million lists in each other': [listOf(500_000), /nested deeper than 64/],
  'an open end of lists': ['['.repeat(900_000), /nested deeper than 64/],
  'a quote that never comes': [`"${'\\"'.repeat(100_000)}`, /body: not valid JSON/],
  'lists in each other after a long text': [
    list(`{"a":"${'x'.repeat(500)}\\\\","b":${listOf(70)}}`),
    /nested deeper than 64/,
  ],
  'too many values': [`[${'0,'.repeat(100_000)}0]`, /more than 100000 values/],
  'too many names': [
    `{${Array.from({ length: 10_001 }, (_none, index) => `"${index}":0`).join()}}`,
    /more than 10000 names/,
  ],
  'ten thousand objects in each other': [
    '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000),
    /nested deeper than 64/,
  ],
  'deep metadata': [list('{}', `,"metadata":{"a":${listOf(70)}}`), /nested deeper than 64/],
  'metadata that is no object': [list('{}', ',"metadata":[]'), /metadata: /],
  'half a pair of surrogates': [list('{"after":"\\ud800"}'), /not valid Unicode/],
  'half a pair in the name of a property': [list('{"\\udc00":1}'), /not valid Unicode/],
  'an unknown operation': ['{"type":"threads.SECRET","params":{}}', /operation does not exist/],
  'the name of a method of every object': ['{"type":"constructor","params":{}}', /does not exist/],
  'no operation': ['{"params":{}}', /type: /],
  'no params': ['{"type":"threads.list"}', /params: /],
  'params that are a list': ['{"type":"threads.list","params":["SECRET"]}', /params: /],
  'a missing field': ['{"type":"threads.get_by_id","params":{}}', /params\.thread_id: /],
  'a field of another type': [
    '{"type":"threads.get_by_id","params":{"thread_id":7}}',
    /params\.thr/,
  ],
  'an empty id': ['{"type":"threads.get_by_id","params":{"thread_id":""}}', /params\.thread_id: /],
  'an id that is too long': [
    `{"type":"threads.get_by_id","params":{"thread_id":"SECRET${'x'.repeat(200)}"}}`,
    /params\.thread_id: /,
  ],
  'a word that is not on the list': [list('{"order":"SECRET"}'), /params\.order: /],
  'a limit beyond all numbers': [list('{"limit":1e400}'), /params\.limit: /],
  'a part of a message that is unknown': [
    `{"type":"threads.create","params":{"input":{"content":[{"type":"SECRET"}]}}}`,
    /params\.input\.content\.0/,
  ],
  'a text of another type in a part of a message': [
    `{"type":"threads.create","params":{"input":{"content":[{"type":"input_text","text":7}]}}}`,
    /params\.input\.content\.0\.text: /,
  ],
  'an answer to a question that the client has named': [answers('{"SECRET":5}'), /answers\.\*: /],
  'a value of such an answer': [
    answers('{"SECRET":{"values":["a",7]}}'),
    /answers\.\*\.values\.1: /,
  ],
  'a question whose name is too long': [
    answers(`{"SECRET${'x'.repeat(2_000)}":{"values":[]}}`),
    /answers\.\*: /,
  ],
  'an id in the wrong place of a list': [
    `{"type":"items.feedback","params":{"thread_id":"a","item_ids":["b",{"SECRET":1}],"kind":"x"}}`,
    /params\.item_ids\.1: /,
  ],
}

test('what is malformed is a 400 that says where, and never repeats what it found', async (t) => {
  const service = await startService(t)
  const client = await service.as(alice)
  for (const [what, [body, words]] of Object.entries(malformed)) {
    const bytes = typeof body === 'string' ? body : new Uint8Array(body)
    const response = await client.fetch(bytes)
    const text = await response.text()
    assert.equal(response.status, 400, `${what}: ${text}`)
    const { code, detail, message } = JSON.parse(text)
    assert.match(code, /^(invalid_request|operation_unknown)$/, what)
    assert.match(message, words, what)
    assert.equal(detail, message)
    assert.ok(!text.includes('SECRET') && text.length < 1_000, text)
  }
})

// A text is no structure, whatever it holds: brackets, quotes and commas in it count for nothing.
test('what a text holds is not counted, wherever it ends', async (t) => {
  const service = await startService(t)
  const client = await service.as(alice)
  for (const text of [
    '['.repeat(1_000),
    ',:'.repeat(300_000),
    `${'x'.repeat(200)}"${'['.repeat(200)}`,
    `${'\\'.repeat(131)}"${'{'.repeat(100)}`,
    `"${'\\'.repeat(500)}`,
    `${'x'.repeat(66)}\\"${'['.repeat(70)}`,
  ]) {
    const body = JSON.stringify({ type: 'threads.list', params: { a: text, b: [text], [text]: 1 } })
    const response = await client.fetch(
      body.length < BODY_BYTES_MAX ? body : list(JSON.stringify({ a: text })),
    )
    assert.equal(response.status, 200, `${text.slice(0, 20)}: ${await response.text()}`)
  }
})

test('JSON alone is read, whatever it is called', async (t) => {
  const service = await startService(t)
  const body = list('{}')
  for (const [contentType, status] of [
    ['application/json', 200],
    ['application/json; charset=utf-8', 200],
    ['application/json; charset="UTF-8"', 200],
    ['application/json; charset=utf-16', 415],
    ['application/json; a=b;charset=iso-8859-1', 415],
    ['application/json; charset=""', 415],
    ['Application/JSON', 200],
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
    ['multipart/form-data; boundary=x', 415],
    ['application/jsonx', 415],
    ['application/json-patch+json', 415],
    ['application/json, text/plain', 415],
    ['text/plain; application/json', 415],
    ['', 415],
    ['json', 415],
  ] as const) {
    const headers = await headersFor(contentType)
    const answer = await sendRaw(service.url, { headers, body })
    assert.equal(answer.status, status, contentType)
  }
  const [type, bearer] = await headersFor()
  assert.equal((await sendRaw(service.url, { headers: [bearer], body })).status, 415)
  // What unpacks a body on the way would see another one than is read here.
  for (const [encoding, status] of [
    ['identity', 200],
    ['gzip', 415],
    ['identity, gzip', 415],
    ['', 415],
  ] as const) {
    const headers = [type, bearer, ['content-encoding', encoding]] as const
    assert.equal((await sendRaw(service.url, { headers, body })).status, status, encoding)
  }
})

test('a byte order mark and keys that mean something in JavaScript do no harm', async (t) => {
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  assert.equal((await client.fetch(`\uFEFF${list('{}')}`)).status, 200)
  const hostile =
    '"__proto__":{"limit":"x","admin":true},"constructor":{"prototype":{"admin":true}}'
  assert.equal((await client.fetch(list(`{${hostile}}`, `,${hostile}`))).status, 200)
  const data = `"data":{${hostile},"toString":1}`
  const tag = `{"type":"input_tag","id":"a","text":"b",${data}}`
  const message = `{"content":[${tag}],"attachments":[],"inference_options":{}}`
  const { events } = await client.hear(
    client.stream('threads.create', { input: JSON.parse(message) }),
  )
  assert.equal(events.at(-1)?.type, 'thread.item.done')
  const probe: { readonly admin?: unknown } = {}
  assert.equal(probe.admin, undefined)
})

test('what Postgres cannot hold is left out of a text, and all else comes back as it was', async (t) => {
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const { threadId } = await client.say('a\0b \u{1F6E5} \uFFFF \u202E \u007F \x1B[31m')
  const [question] = (await client.listItems(threadId, { order: 'asc' })).data
  assert.ok(question?.type === 'user_message')
  assert.equal(question.content[0]?.text, 'ab \u{1F6E5} \uFFFF \u202E \u007F \x1B[31m')
  const rename = { thread_id: `${threadId}\0`, title: 'a\0b' }
  assert.equal((await client.post('threads.update', rename)).status, 200)
  assert.equal((await client.getThread(threadId)).title, 'ab')
  const data = { 'a\0b': ['c\0d', { e: '\0' }] }
  const tag = { type: 'input_tag', id: 'x\0', text: '\0y', data }
  const params = { thread_id: threadId, input: { ...input(''), content: [tag] } }
  const said = await client.hear(client.stream('threads.add_user_message', params))
  assert.equal(said.text, 'Hello')
  const stored = await query(
    service.databaseUrl,
    `select item -> 'content' -> 0 as tag from items
     where item::text like '%input_tag%'`,
  )
  assert.deepEqual(stored, [
    { tag: { ...tag, id: 'x', text: 'y', data: { ab: ['cd', { e: '' }] }, interactive: false } },
  ])
})
