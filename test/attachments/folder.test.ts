import assert from 'node:assert/strict'
import { readFile, readdir, rm, stat } from 'node:fs/promises'
import { test } from 'node:test'
import { ServiceError } from '../../service/errors.ts'
import { eventually } from '../support/eventually.ts'
import { query } from '../support/query.ts'
import { open, readAnswer } from '../support/raw-http.ts'
import { sayWhole, scripted } from '../support/scripted-application.ts'
import { alice, bob } from '../support/service.ts'
import {
  PNG,
  announce,
  attach,
  contentIn,
  notes,
  picture,
  put,
  send,
  sentIn,
  startWithFolder,
  threadIn,
} from './upload.ts'

const application = scripted((chat) => sayWhole(chat, 'Seen.'))
const replacements = { application }

test('a file is announced, uploaded, sent, shown, and gone with its conversation', async (t) => {
  const { service, folder } = await startWithFolder(t, { replacements })
  const client = await service.as(alice)
  const image = await attach(client, picture)
  const text = await attach(client, notes)
  assert.equal(image.type, 'image')
  assert.equal(text.type, 'file')
  const events = await send(client, [image.id, text.id])
  const threadId = threadIn(events)
  const [sentImage, sentText] = sentIn(events)
  assert.ok(sentImage?.type === 'image' && sentImage.preview_url)
  assert.deepEqual(sentText, {
    id: text.id,
    type: 'file',
    name: 'notes.txt',
    mime_type: 'text/plain',
    thread_id: threadId,
  })
  const preview = await fetch(sentImage.preview_url)
  assert.equal(preview.headers.get('content-type'), 'image/png')
  assert.match(preview.headers.get('content-security-policy') ?? '', /sandbox/)
  assert.equal(preview.headers.get('x-content-type-options'), 'nosniff')
  assert.deepEqual(Buffer.from(await preview.arrayBuffer()), PNG)
  assert.deepEqual((await contentIn(folder)).toSorted(), [image.id, text.id].toSorted())

  await client.post('threads.delete', { thread_id: threadId })
  await eventually(async () => (await contentIn(folder)).length === 0)
  assert.equal((await fetch(sentImage.preview_url)).status, 404)
  assert.deepEqual(await query(service.databaseUrl, 'select 1 from attachments'), [])
})

test('addresses are made at each read, and no item is stored with one', async (t) => {
  const { service } = await startWithFolder(t, { replacements })
  const client = await service.as(alice)
  const threadId = threadIn(await send(client, [(await attach(client, picture)).id]))
  for (const { data } of [
    (await client.getThread(threadId)).items,
    await client.listItems(threadId, { order: 'asc' }),
  ]) {
    const [item] = data
    assert.ok(item?.type === 'user_message')
    const [image] = item.attachments
    assert.ok(image?.type === 'image' && image.preview_url)
    assert.equal(image.upload_descriptor, undefined)
    assert.equal((await fetch(image.preview_url)).status, 200)
  }
  const rows = await query<{ item: object }>(service.databaseUrl, 'select item from items')
  assert.doesNotMatch(JSON.stringify(rows), /http/)
})

test('an upload is taken whole, as it was announced, or not at all', async (t) => {
  const { service, folder } = await startWithFolder(t)
  const client = await service.as(alice)
  const attachment = await announce(client, notes)
  for (const content of [Buffer.from('short'), Buffer.alloc(13), Buffer.alloc(100_000)]) {
    const refused = await put(attachment, content)
    assert.equal(refused.status, 400)
    assert.match(await refused.text(), /12 bytes/)
  }
  const other = await put(attachment, notes.content, { 'content-type': 'text/html' })
  assert.equal(other.status, 400)
  assert.match(await other.text(), /text\/plain/)
  assert.deepEqual(await readdir(folder).catch(() => []), [])
})

// The address stays good for a while after that.
test('only the first upload counts, and none of what was removed', async (t) => {
  const { service, folder } = await startWithFolder(t, { replacements })
  const client = await service.as(alice)
  const sent = await attach(client, notes)
  await send(client, [sent.id])
  const other = Buffer.from('Twelve BYTES')
  const refused = await put(sent, other)
  assert.equal(refused.status, 409)
  assert.match(await refused.text(), /"code":"attachment_not_awaited"/)
  assert.deepEqual(await readFile(`${folder}/${sent.id}`), notes.content)

  const removed = await attach(client, notes)
  await client.post('attachments.delete', { attachment_id: removed.id })
  assert.equal((await put(removed, notes.content)).status, 409)
  assert.deepEqual(await contentIn(folder), [sent.id])

  const twice = await announce(client, notes)
  const answers = await Promise.all([put(twice, notes.content), put(twice, other)])
  const statuses = answers.map(({ status }) => status)
  assert.ok(statuses.includes(200) && statuses.includes(409), String(statuses))
})

test('content that is gone is a missing attachment to those who read it', async (t) => {
  const codes: unknown[] = []
  const reading = scripted(async (chat) => {
    const [item] = await chat.history(10)
    const [one] = item?.type === 'user_message' ? item.attachments : []
    assert.ok(one)
    codes.push(await chat.readAttachment(one, 6).then(() => 'fine', codeOf))
    codes.push(await chat.attachmentUrl(one).then(() => 'fine', codeOf))
    await sayWhole(chat, 'Seen.')
  })
  const { service, folder } = await startWithFolder(t, { replacements: { application: reading } })
  const client = await service.as(alice)
  const { id } = await attach(client, picture)
  const threadId = threadIn(await send(client, [id]))
  await rm(`${folder}/${id}`)
  await send(client, [], threadId)
  assert.deepEqual(codes, ['fine', 'fine', 'attachment_not_found', 'attachment_not_found'])
})

// Without a length in front nothing says how much is coming; only counting tells.
test('an upload that does not say its length is cut where it becomes too long', async (t) => {
  const { service, folder } = await startWithFolder(t)
  const { upload_descriptor: upload } = await announce(await service.as(alice), notes)
  assert.ok(upload)
  const { pathname, search } = new URL(upload.url)
  for (const [piece, status] of [
    ['Twelve bytes, and more', 400],
    ['Twelve bytes', 200],
  ] as const) {
    const socket = open(service.url)
    socket.write(
      `PUT ${pathname}${search} HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\n` +
        `transfer-encoding: chunked\r\n\r\n${piece.length.toString(16)}\r\n${piece}\r\n0\r\n\r\n`,
    )
    assert.equal((await readAnswer(socket)).status, status)
    socket.destroy()
  }
  const [name = ''] = await readdir(folder)
  assert.equal((await stat(`${folder}/${name}`)).size, 12)
})

test('an upload that is cut leaves nothing that could be sent', async (t) => {
  const { service, folder } = await startWithFolder(t, { replacements })
  const client = await service.as(alice)
  const attachment = await announce(client, notes)
  const { pathname, search } = new URL(attachment.upload_descriptor?.url ?? '')
  const socket = open(service.url)
  socket.write(
    `PUT ${pathname}${search} HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\n` +
      'content-length: 12\r\n\r\nTwelve',
  )
  await eventually(async () => (await readdir(folder).catch(() => [])).length === 1)
  socket.destroy()
  await eventually(async () => (await readdir(folder)).length === 0)
  const [event, ...more] = await send(client, [attachment.id])
  assert.deepEqual(more, [])
  assert.ok(event?.type === 'error')
  assert.match(event.message ?? '', /not been uploaded/)
})

test('an address that was changed, or is for something else, opens nothing', async (t) => {
  const { service } = await startWithFolder(t, { replacements })
  const client = await service.as(alice)
  const mine = await attach(client, picture)
  assert.ok(mine.type === 'image' && mine.preview_url && mine.upload_descriptor)
  const other = await announce(await service.as(bob), picture)
  const svg = { ...picture, name: 'x.svg', mimeType: 'image/svg+xml' }
  assert.equal((await announce(client, svg)).type, 'file')
  const preview = mine.preview_url
  const changed = [
    preview.replace(mine.id, other.id),
    preview.replace('type=image%2Fpng', 'type=text%2Fhtml'),
    preview.replace(/expires=\d+/, 'expires=99999999999'),
    preview.replace(/signature=./, 'signature=-'),
    preview.replace(/signature=[^&]+/, ''),
    preview.replace(mine.id, '..%2F..%2Fetc%2Fpasswd'),
    preview.replace(mine.id, `${mine.id}%00`),
    mine.upload_descriptor.url.replace('/upload', '/preview'),
  ]
  assert.equal((await fetch(preview)).status, 200)
  for (const url of changed) {
    const { status } = await fetch(url)
    assert.ok(status === 404 || status === 400, `${status} ${url}`)
  }
  const elsewhere = mine.upload_descriptor.url.replace(mine.id, other.id)
  const headers = { 'content-type': 'image/png' }
  const body = new Uint8Array(PNG)
  assert.equal((await fetch(elsewhere, { method: 'PUT', headers, body })).status, 404)
})

test('an address ends', async (t) => {
  const { service } = await startWithFolder(t)
  const mine = await attach(await service.as(alice), picture)
  assert.ok(mine.type === 'image' && mine.preview_url && mine.upload_descriptor)
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 2 * 3_600_000 })
  assert.equal((await fetch(mine.preview_url)).status, 404)
  assert.equal((await put(mine, PNG)).status, 404)
})

// The page of a frontend in development has another port, and so another origin.
test('a browser may upload from the origins of the frontends, and from no other', async (t) => {
  const { service } = await startWithFolder(t)
  const { upload_descriptor: upload } = await announce(await service.as(alice), notes)
  assert.ok(upload)
  const ask = (origin: string) =>
    fetch(upload.url, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'PUT' },
    })
  const allowed = await ask('https://app.example.com')
  assert.equal(allowed.status, 204)
  assert.equal(allowed.headers.get('access-control-allow-origin'), 'https://app.example.com')
  assert.equal(allowed.headers.get('access-control-allow-methods'), 'PUT')
  const refused = await ask('https://evil.example')
  assert.equal(refused.headers.get('access-control-allow-origin'), null)
})

function codeOf(error: unknown): unknown {
  return error instanceof ServiceError ? error.code : error
}
