import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { AttachmentFiles } from '../../service/protocol/attachment-files.ts'
import { query } from '../support/query.ts'
import { scripted, sayWhole } from '../support/scripted-application.ts'
import { alice, bob, startService } from '../support/service.ts'
import {
  PNG,
  announce,
  attach,
  notes,
  picture,
  send,
  sentIn,
  startWithFolder,
  threadIn,
  withAttachments,
} from './upload.ts'

const application = scripted((chat) => sayWhole(chat, 'Seen.'))

async function start(t: TestContext) {
  const { service } = await startWithFolder(t, { replacements: { application } })
  const rows = (text: string) => query<Record<string, unknown>>(service.databaseUrl, text)
  return { service, rows, client: await service.as(alice) }
}

test('of two messages with one attachment one is sent, and the other stores nothing', async (t) => {
  const { client, rows } = await start(t)
  for (let round = 0; round < 5; round += 1) {
    const one = await attach(client, notes)
    const two = await attach(client, picture)
    const before = (await rows('select 1 from items')).length
    // Both name both, in another order: neither may wait for the other for ever.
    const answers = await Promise.all([
      send(client, [one.id, two.id]),
      send(client, [two.id, one.id]),
    ])
    const refused = answers.filter(([event]) => event?.type === 'error')
    assert.equal(refused.length, 1)
    assert.equal(refused[0]?.length, 1)
    const [error] = refused[0] ?? []
    assert.match((error?.type === 'error' && error.message) || '', /part of a conversation/)
    assert.equal((await rows('select 1 from items')).length, before + 2)
  }
  assert.equal((await rows('select 1 from threads')).length, 5)
  assert.equal((await rows(`select 1 from runs where status = 'running'`)).length, 0)
})

test('one attachment that is spoken for keeps the others free', async (t) => {
  const { client, rows } = await start(t)
  const sent = await attach(client, notes)
  const threadId = threadIn(await send(client, [sent.id]))
  const free = await attach(client, picture)
  const [error, ...more] = await send(client, [free.id, sent.id])
  assert.ok(error?.type === 'error' && more.length === 0)
  const unsent = await rows(`select id from attachments where thread_id is null`)
  assert.deepEqual(unsent, [{ id: free.id }])
  // In its own conversation it may be shown again.
  assert.equal(sentIn(await send(client, [free.id, sent.id], threadId)).length, 2)
})

test('the same request again finds its message, although its attachments are bound', async (t) => {
  const { client, rows } = await start(t)
  const { id } = await attach(client, notes)
  const params = { input: withAttachments('Look', [id, id]) }
  const options = { headers: { 'idempotency-key': 'once' } }
  const first = await Array.fromAsync(client.stream('threads.create', params, options))
  const again = await Array.fromAsync(client.stream('threads.create', params, options))
  assert.deepEqual(again, first)
  assert.equal(sentIn(first).length, 1)
  const both = { headers: { 'idempotency-key': 'at once' } }
  const other = { input: withAttachments('Look', [(await attach(client, notes)).id]) }
  const [one, two] = await Promise.all(
    [1, 2].map(() => Array.fromAsync(client.stream('threads.create', other, both))),
  )
  assert.deepEqual(one, two)
  assert.equal((await rows('select 1 from threads')).length, 2)
})

test("somebody else's attachment, sent or not, looks like a missing one", async (t) => {
  const { service, client, rows } = await start(t)
  const unsent = await attach(client, notes)
  const sent = await attach(client, picture)
  await send(client, [sent.id])
  const stranger = await service.as(bob)
  const missing = 'atc_01jd0000000000000000000000000'
  const ids = [unsent.id, sent.id, missing]
  const heard = await Promise.all(ids.map((id) => send(stranger, [id])))
  assert.deepEqual(heard[0], heard[2])
  assert.deepEqual(heard[1], heard[2])
  assert.equal(heard[2]?.length, 1)
  const removed = await Promise.all(
    ids.map((id) => stranger.post('attachments.delete', { attachment_id: id })),
  )
  for (const { status, text } of removed) assert.deepEqual([status, text], [200, '{}'])
  assert.equal((await rows('select 1 from attachments')).length, 2)
  assert.deepEqual(await rows(`select 1 from threads where user_id = 'bob'`), [])
})

test('one that was not sent can be taken back, one that was goes with its conversation', async (t) => {
  const { client, rows } = await start(t)
  const sent = await attach(client, notes)
  await send(client, [sent.id])
  const refused = await client.post('attachments.delete', { attachment_id: sent.id })
  assert.equal(refused.status, 409)
  assert.match(refused.text, /"code":"attachment_sent"/)
  const unsent = await attach(client, picture)
  for (let round = 0; round < 2; round += 1) {
    const gone = await client.post('attachments.delete', { attachment_id: unsent.id })
    assert.deepEqual([gone.status, gone.text], [200, '{}'])
  }
  const [error, ...more] = await send(client, [unsent.id])
  assert.ok(error?.type === 'error' && more.length === 0)
  assert.deepEqual(await rows('select id from attachments'), [{ id: sent.id }])
})

test('an announcement is refused in words that say what is allowed', async (t) => {
  const { client, rows } = await start(t)
  const good = { name: 'a.txt', size: 10, mime_type: 'text/plain' }
  const types = /image\/\*, application\/pdf, text\/\*, application\/json/
  for (const [bad, status, code, says] of [
    [{ size: -1 }, 400, 'invalid_request', /params\.size/],
    [{ size: 20_971_521 }, 413, 'attachment_too_large', /at most 20971520 bytes \(20 MB\)/],
    [{ size: 1e15 }, 413, 'attachment_too_large', /at most 20971520 bytes/],
    [{ size: 1e300 }, 400, 'invalid_request', /params\.size/],
    [{ mime_type: 'no type\r\nx: y' }, 400, 'invalid_request', /mime_type: must be a media type/],
    [{ mime_type: 'application/zip' }, 415, 'attachment_type_not_allowed', types],
    [{ mime_type: 'imagex/png' }, 415, 'attachment_type_not_allowed', types],
    [{ mime_type: '', name: 'a.exe' }, 415, 'attachment_type_not_allowed', types],
    [{ name: '' }, 400, 'invalid_request', /params\.name/],
    [{ name: 'a'.repeat(1_001) }, 400, 'invalid_request', /params\.name/],
  ] as const) {
    const reply = await client.post('attachments.create', { ...good, ...bad })
    assert.equal(reply.status, status, reply.text)
    assert.ok(reply.text.includes(`"code":"${code}"`), reply.text)
    assert.match(reply.text, says)
  }
  assert.deepEqual(await rows('select 1 from attachments'), [])
  for (const fine of [{ size: 0 }, { mime_type: 'Text/Plain; charset=utf-8' }, { name: '../..' }]) {
    const reply = await client.post('attachments.create', { ...good, ...fine })
    assert.equal(reply.status, 200, reply.text)
  }
})

// Browsers have no type for many texts, and for some a type that is wrong.
test('a file without a type of its own has the one that its name stands for', async (t) => {
  const { client, rows } = await start(t)
  for (const [name, given, expected] of [
    ['README.md', '', 'text/markdown'],
    ['README.md', 'application/octet-stream', 'text/markdown'],
    ['deep.config.YAML', '', 'application/yaml'],
    ['server.ts', 'video/mp2t', 'text/plain'],
    ['rows.csv', 'application/vnd.ms-excel', 'text/csv'],
    ['rows.json', '', 'application/json'],
    ['rows.json', 'application/json', 'application/json'],
    ['rows.sql', 'application/sql', 'text/plain'],
    ['compose.yml', 'application/x-yaml', 'application/yaml'],
    ['Dockerfile', '', 'text/plain'],
    ['photo.JPG', '', 'image/jpeg'],
    ['notes.md', 'text/plain', 'text/plain'],
  ] as const) {
    const attachment = await attach(client, { ...notes, name, mimeType: given })
    assert.equal(attachment.mime_type, expected, name)
  }
  const stored = await rows('select distinct mime_type from attachments order by 1')
  assert.equal(stored.length, 6)
})

// A model's provider fails on what it cannot read, and would do so in every answer from then on.
test('a file that is not what it says is named, and nothing of its message is stored', async (t) => {
  const { client, rows } = await start(t)
  const text = Buffer.from('no picture at all')
  for (const [name, mimeType, content, says] of [
    ['holiday.png', 'image/png', text, /It is not an image \(PNG, JPEG, GIF or WebP\)/],
    ['holiday.jpg', 'image/jpeg', Buffer.from('....ftypheic'), /It is not an image/],
    ['holiday.gif', 'image/gif', Buffer.alloc(0), /It is empty/],
    ['holiday.webp', 'image/webp', Buffer.from('%PDF-1.7'), /It is not an image/],
    ['holiday.pdf', 'Application/PDF', text, /It is not a PDF/],
    ['holiday.pdf', 'application/pdf', PNG, /It is not a PDF/],
    ['holiday.pdf', 'application/pdf', Buffer.alloc(0), /It is empty/],
  ] as const) {
    const good = await attach(client, picture)
    const { id } = await attach(client, { name, mimeType, content })
    const [event, ...more] = await send(client, [good.id, id])
    assert.deepEqual(more, [], name)
    assert.ok(event?.type === 'error' && !event.allow_retry && event.message)
    assert.match(event.message, says)
    assert.ok(event.message.startsWith(`${name}: `), event.message)
  }
  assert.deepEqual(await rows('select 1 from threads'), [])
  const long = { ...picture, name: `${'😀'.repeat(100)}.png`, content: text }
  const [refused] = await send(client, [(await attach(client, long)).id])
  assert.ok(refused?.type === 'error' && refused.message?.startsWith(`${'😀'.repeat(80)}…: `))
})

test('a file that is what it says is sent, an image under the name of another kind as what it is', async (t) => {
  const { client, rows } = await start(t)
  const files = [
    ['a.png', 'image/png', PNG, 'image/png'],
    ['b.png', 'image/png', Buffer.from('\xff\xd8\xff\xe0', 'latin1'), 'image/jpeg'],
    ['c.jpg', 'image/jpeg', Buffer.from('RIFF1234WEBPVP8 '), 'image/webp'],
    ['d.gif', 'image/gif; x=y', Buffer.from('GIF89a'), 'image/gif; x=y'],
    ['e.pdf', 'application/pdf', Buffer.from('\n%PDF-1.7'), 'application/pdf'],
    ['f.svg', 'image/svg+xml', Buffer.from('<svg/>'), 'image/svg+xml'],
    ['g.txt', 'text/plain', Buffer.alloc(0), 'text/plain'],
  ] as const
  const ids: string[] = []
  for (const [name, mimeType, content] of files) {
    ids.push((await attach(client, { name, mimeType, content })).id)
  }
  const sent = sentIn(await send(client, ids))
  const expected = files.map(([, , , type]) => type)
  assert.deepEqual(
    sent.map((one) => one.mime_type),
    expected,
  )
  const stored = await rows('select mime_type from attachments order by name')
  assert.deepEqual(
    stored.map((row) => row['mime_type']),
    expected,
  )
  const preview = sent[1]?.type === 'image' ? sent[1].preview_url : undefined
  assert.equal((await fetch(preview ?? '')).headers.get('content-type'), 'image/jpeg')
})

test('only so many may wait to be sent', async (t) => {
  const { client, service } = await start(t)
  await query(
    service.databaseUrl,
    `insert into attachments (id, org_id, user_id, name, mime_type, size_bytes, metadata, created_at)
     select 'atc_' || n, 'acme', 'alice', 'a', 'text/plain', 1, '{}', now()
       from generate_series(1, 99) as n`,
  )
  await announce(client, notes)
  const params = { name: 'a.txt', size: 1, mime_type: 'text/plain' }
  const refused = await client.post('attachments.create', params)
  assert.equal(refused.status, 429)
  assert.match(refused.text, /"code":"too_many_attachments"/)
  await announce(await service.as(bob), notes)
})

test('without a place to keep them, attachments are not offered', async (t) => {
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const params = { name: 'a.txt', size: 1, mime_type: 'text/plain' }
  for (const [type, given] of [
    ['attachments.create', params],
    ['attachments.delete', { attachment_id: 'atc_1' }],
  ] as const) {
    const reply = await client.post(type, given)
    assert.equal(reply.status, 400)
    assert.match(reply.text, /"code":"operation_not_offered"/)
  }
})

// What an integration stores for itself, and addresses that it gives at any time.
test('metadata never leaves, and addresses are those that the keeper gives', async (t) => {
  const upload = { url: 'https://files.example/put', method: 'PUT', headers: { 'x-kind': 'raw' } }
  const previewUrl = 'https://files.example/preview.png'
  const files: AttachmentFiles = {
    prepare: () => Promise.resolve({ bucket: 'b-1', scan: null }),
    addresses: () =>
      Promise.resolve({ uploadDescriptor: { ...upload, method: 'PUT' as const }, previewUrl }),
    inspect: ({ sizeBytes }) => Promise.resolve({ sizeBytes }),
    write: () => Promise.resolve(),
    put: () => Promise.resolve(),
    url: () => Promise.resolve(''),
    read: () => Promise.resolve(PNG),
    delete: () => Promise.resolve(),
  }
  const replacements = { application, attachmentFiles: files }
  const service = await startService(t, { replacements })
  const client = await service.as(alice)
  const file = await announce(client, notes)
  const image = await announce(client, picture)
  assert.deepEqual(file, {
    type: 'file',
    id: file.id,
    name: 'notes.txt',
    mime_type: 'text/plain',
    upload_descriptor: upload,
  })
  const events = await send(client, [file.id, image.id])
  const threadId = threadIn(events)
  const expected = [
    { ...file, thread_id: threadId },
    { ...image, thread_id: threadId, preview_url: previewUrl },
  ]
  assert.deepEqual(sentIn(events), expected)
  const [item] = (await client.listItems(threadId, { order: 'asc' })).data
  assert.deepEqual(item?.type === 'user_message' && item.attachments, expected)
  const [row] = await query<{ metadata: object }>(
    service.databaseUrl,
    'select metadata from attachments',
  )
  assert.deepEqual(row?.metadata, { bucket: 'b-1', scan: null })
})
