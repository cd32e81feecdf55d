import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { ServiceError } from '../../service/errors.ts'
import { S3Files } from '../../service/store/files/s3-files.ts'
import { eventually } from '../support/eventually.ts'
import { query } from '../support/query.ts'
import { BUCKET, S3Stub } from '../support/s3-stub.ts'
import { sayWhole, scripted } from '../support/scripted-application.ts'
import { alice, startService } from '../support/service.ts'
import { PNG, announce, attach, notes, picture, put, send, sentIn, threadIn } from './upload.ts'

async function startWithBucket(t: TestContext, application = scripted(async () => undefined)) {
  const s3 = await S3Stub.start(t)
  const attachmentFiles = new S3Files(BUCKET, s3.client)
  const service = await startService(t, { replacements: { application, attachmentFiles } })
  return { s3, service, client: await service.as(alice) }
}

const keyOf = ({ id }: { readonly id: string }) => `/${BUCKET}/attachments/${id}`

test('the browser uploads to the bucket, and the object goes with the conversation', async (t) => {
  const { s3, service, client } = await startWithBucket(t)
  const image = await attach(client, picture)
  assert.deepEqual(s3.objects.get(keyOf(image)), { content: PNG, contentType: 'image/png' })
  const events = await send(client, [image.id])
  const [sent] = sentIn(events)
  assert.ok(sent?.type === 'image' && sent.preview_url)
  assert.equal(sent.upload_descriptor, undefined)
  const preview = await fetch(sent.preview_url)
  assert.equal(preview.headers.get('content-type'), 'image/png')
  assert.equal(preview.headers.get('content-disposition'), "inline; filename*=UTF-8''chart.png")
  assert.deepEqual(Buffer.from(await preview.arrayBuffer()), PNG)
  await client.post('threads.delete', { thread_id: threadIn(events) })
  await eventually(() => s3.objects.size === 0)
  assert.deepEqual(await query(service.databaseUrl, 'select 1 from attachments'), [])
})

test('the bucket takes nothing of another size or type than was announced', async (t) => {
  const { s3, client } = await startWithBucket(t)
  const attachment = await announce(client, notes)
  assert.equal((await put(attachment, Buffer.alloc(13))).status, 403)
  assert.equal((await put(attachment, Buffer.alloc(11))).status, 403)
  assert.equal((await put(attachment, notes.content, { 'content-type': 'text/html' })).status, 403)
  assert.equal(s3.objects.size, 0)
  assert.equal((await put(attachment, notes.content)).status, 200)
})

// Browsers send no checksum, so an address that has one is refused by S3.
test('an address to upload to asks for nothing that a browser does not send', async (t) => {
  const { client } = await startWithBucket(t)
  const { upload_descriptor: upload } = await announce(client, notes)
  assert.ok(upload)
  const { searchParams } = new URL(upload.url)
  assert.equal(
    searchParams.get('X-Amz-SignedHeaders'),
    'content-length;content-type;host;if-none-match',
  )
  assert.equal(searchParams.get('X-Amz-Expires'), '900')
  assert.doesNotMatch(upload.url, /checksum|notes\.txt/)
  assert.deepEqual(upload, {
    url: upload.url,
    method: 'PUT',
    headers: { 'content-type': 'text/plain', 'if-none-match': '*' },
  })
})

// The address stays good for a while after the message was sent, and the size of a lie can be
// right.
test('what has been uploaded is never replaced', async (t) => {
  const { s3, client } = await startWithBucket(t)
  const attachment = await attach(client, notes)
  const other = Buffer.from('Twelve BYTES')
  assert.equal((await put(attachment, other)).status, 412)
  // The condition is signed: there is no way without it.
  assert.equal((await put(attachment, other, { 'if-none-match': '' })).status, 403)
  assert.deepEqual(s3.objects.get(keyOf(attachment))?.content, notes.content)
})

test('an object that is gone is a missing attachment, and a bucket that is away is not', async (t) => {
  const heard: unknown[] = []
  const application = scripted(async (chat) => {
    const [item] = await chat.history(10)
    const [attachment] = item?.type === 'user_message' ? item.attachments : []
    assert.ok(attachment)
    heard.push(await chat.readAttachment(attachment, 6).then(() => 'fine', codeOf))
    heard.push(await chat.attachmentUrl(attachment).then(() => 'fine', codeOf))
    await sayWholeOf(chat)
  })
  const { s3, client, service } = await startWithBucket(t, application)
  const sent = await attach(client, notes)
  const threadId = threadIn(await send(client, [sent.id]))
  // Another process, which has never seen the object.
  const attachmentFiles = new S3Files(BUCKET, s3.client)
  const { databaseUrl } = service
  const other = await startService(t, {
    databaseUrl,
    replacements: { application, attachmentFiles },
  })
  const otherClient = await other.as(alice)
  s3.failWith = () => 503
  await send(otherClient, [], threadId)
  s3.failWith = () => undefined
  s3.objects.clear()
  for (const status of [404, 403]) {
    s3.absentStatus = status
    await send(otherClient, [], threadId)
  }
  const read = ['fine', 'attachments_unavailable', 'attachment_not_found', 'attachment_not_found']
  assert.deepEqual(
    heard,
    read.flatMap((code) => [code, code]),
  )
})

test('an object is asked for once, and its address is made many times', async (t) => {
  const application = scripted(async (chat, message) => {
    for (const attachment of message?.attachments ?? []) await chat.attachmentUrl(attachment)
    await sayWholeOf(chat)
  })
  const { s3, client } = await startWithBucket(t, application)
  const { id } = await attach(client, notes)
  const threadId = threadIn(await send(client, [id]))
  await send(client, [id], threadId)
  assert.equal(s3.requests.filter((request) => request.startsWith('HEAD')).length, 1)
})

test('what was not uploaded is not sent, and nothing of the message is stored', async (t) => {
  const { s3, service, client } = await startWithBucket(t)
  const attachment = await announce(client, notes)
  for (const status of [404, 403]) {
    s3.absentStatus = status
    const [event, ...more] = await send(client, [attachment.id])
    assert.deepEqual(more, [])
    assert.ok(event?.type === 'error' && !event.allow_retry)
    assert.match(event.message ?? '', /not been uploaded/)
  }
  // Content that came around the address: its size is looked at all the same.
  s3.objects.set(keyOf(attachment), { content: Buffer.alloc(99), contentType: 'text/plain' })
  const [lie] = await send(client, [attachment.id])
  assert.ok(lie?.type === 'error')
  assert.match(lie.message ?? '', /12 bytes/)
  assert.deepEqual(await query(service.databaseUrl, 'select 1 from threads'), [])
})

test('an agent reads attachments, and has addresses that save them under their names', async (t) => {
  const heard: { url: string; start: string; whole: Buffer }[] = []
  const application = scripted(async (chat, message) => {
    for (const attachment of message?.attachments ?? []) {
      heard.push({
        url: await chat.attachmentUrl(attachment),
        start: Buffer.from(await chat.readAttachment(attachment, 6)).toString(),
        whole: Buffer.from(await chat.readAttachment(attachment, 1_000)),
      })
    }
    await sayWholeOf(chat)
  })
  const { client } = await startWithBucket(t, application)
  const name = 'a "quoted"\r\nname/../ü.txt'
  await send(client, [(await attach(client, { ...notes, name })).id])
  const [one] = heard
  assert.ok(one)
  assert.equal(one.start, 'Twelve')
  assert.deepEqual(one.whole, notes.content)
  const response = await fetch(one.url)
  assert.equal(
    response.headers.get('content-disposition'),
    "attachment; filename*=UTF-8''a%20%22quoted%22%0D%0Aname%2F..%2F%C3%BC.txt",
  )
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), notes.content)
})

// A picture that is on display in a long conversation is fetched once, not at each read.
test('an image keeps its address for a while', async (t) => {
  const { client } = await startWithBucket(t)
  const quarter = 15 * 60_000
  // Two minutes before the end of a quarter, and never before now: a token from later is refused.
  const now = Math.ceil((Date.now() + 120_000) / quarter) * quarter - 120_000
  t.mock.timers.enable({ apis: ['Date'], now })
  const threadId = threadIn(await send(client, [(await attach(client, picture)).id]))
  const read = async () => {
    const [item] = (await client.getThread(threadId)).items.data
    const [image] = item?.type === 'user_message' ? item.attachments : []
    return image?.type === 'image' ? image.preview_url : undefined
  }
  const first = await read()
  t.mock.timers.tick(60_000)
  assert.equal(await read(), first)
  t.mock.timers.tick(120_000)
  const later = await read()
  assert.ok(later && later !== first)
  assert.equal((await fetch(later)).status, 200)
})

test('while the bucket is away, conversations are read and messages invite another try', async (t) => {
  const { s3, client } = await startWithBucket(t, scripted(sayWholeOf))
  const sent = await attach(client, picture)
  const threadId = threadIn(await send(client, [sent.id]))
  const waiting = await attach(client, notes)
  s3.failWith = () => 503
  assert.equal((await client.getThread(threadId)).items.data.length, 2)
  const [event, ...more] = await send(client, [waiting.id], threadId)
  assert.deepEqual(more, [])
  assert.ok(event?.type === 'error' && event.allow_retry)
  s3.failWith = () => undefined
  assert.equal(sentIn(await send(client, [waiting.id], threadId)).length, 1)
})

function codeOf(error: unknown): unknown {
  return error instanceof ServiceError ? error.code : error
}

async function sayWholeOf(chat: Parameters<typeof sayWhole>[0]): Promise<void> {
  await sayWhole(chat, 'Seen.')
}
