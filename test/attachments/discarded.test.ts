import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { test } from 'node:test'
import { S3Files } from '../../service/store/files/s3-files.ts'
import { eventually } from '../support/eventually.ts'
import { query } from '../support/query.ts'
import { BUCKET, S3Stub } from '../support/s3-stub.ts'
import { sayWhole, scripted } from '../support/scripted-application.ts'
import { alice, bob, startService } from '../support/service.ts'
import {
  attach,
  contentIn,
  notes,
  picture,
  put,
  send,
  startWithFolder,
  threadIn,
} from './upload.ts'

const application = scripted((chat) => sayWhole(chat, 'Seen.'))

interface Discarded {
  readonly id: string
  readonly attempts: number
}

test('content that cannot be deleted stays on the list until it can', async (t) => {
  const s3 = await S3Stub.start(t)
  const attachmentFiles = new S3Files(BUCKET, s3.client)
  const service = await startService(t, { replacements: { application, attachmentFiles } })
  const client = await service.as(alice)
  const sent = await attach(client, picture)
  const threadId = threadIn(await send(client, [sent.id]))
  const unsent = await attach(client, notes)
  s3.failWith = (method) => (method === 'DELETE' ? 500 : undefined)
  assert.equal((await client.post('threads.delete', { thread_id: threadId })).status, 200)
  // What the user asked for is done: nobody can send it any more.
  const reply = await client.post('attachments.delete', { attachment_id: unsent.id })
  assert.deepEqual([reply.status, reply.text], [200, '{}'])
  const discarded = () =>
    query<Discarded>(service.databaseUrl, 'select id, attempts from discarded_files')
  await eventually(async () => (await discarded()).some(({ attempts }) => attempts >= 2))
  assert.equal(s3.objects.size, 2)
  s3.failWith = () => undefined
  await query(service.databaseUrl, 'update discarded_files set due_at = now()')
  await eventually(() => s3.objects.size === 0)
})

// An address to upload to is good for a while longer than the attachment it was made for.
test('what is uploaded after its attachment was removed is deleted as well', async (t) => {
  const s3 = await S3Stub.start(t)
  const attachmentFiles = new S3Files(BUCKET, s3.client)
  const service = await startService(t, { replacements: { application, attachmentFiles } })
  const client = await service.as(alice)
  const attachment = await attach(client, notes)
  await client.post('attachments.delete', { attachment_id: attachment.id })
  assert.equal(s3.objects.size, 0)
  assert.equal((await put(attachment, notes.content)).status, 200)
  assert.equal(s3.objects.size, 1)
  const late = await query<{ late: boolean }>(
    service.databaseUrl,
    `select due_at > now() + interval '50 minutes' as late from discarded_files`,
  )
  assert.deepEqual(late, [{ late: true }])
  const past = `now() - interval '1 second'`
  await query(
    service.databaseUrl,
    `update discarded_files set due_at = ${past}, upload_until = ${past}`,
  )
  await eventually(() => s3.objects.size === 0)
  await eventually(async () => {
    return (await query(service.databaseUrl, 'select 1 from discarded_files')).length === 0
  })
})

test('content is deleted although the process that saw its conversation go has died', async (t) => {
  const { service, folder } = await startWithFolder(t, { replacements: { application } })
  const client = await service.as(alice)
  const attachment = await attach(client, picture)
  const threadId = threadIn(await send(client, [attachment.id]))
  await service.service.stop()
  await query(service.databaseUrl, 'delete from threads where id = $1', [threadId])
  assert.deepEqual(await readdir(folder), [attachment.id])
  const { databaseUrl } = service
  await startService(t, { databaseUrl, environment: { ATTACHMENTS_FOLDER: folder } })
  await eventually(async () => (await contentIn(folder)).length === 0)
})

test('what nobody sends is gone after a day, and what was sent or is new stays', async (t) => {
  const now = performance.now.bind(performance)
  let aheadMs = 0
  t.mock.method(performance, 'now', () => now() + aheadMs)
  const { service, folder } = await startWithFolder(t, { replacements: { application } })
  const client = await service.as(alice)
  const old = await attach(client, notes)
  const sent = await attach(client, picture)
  await send(client, [sent.id])
  await query(
    service.databaseUrl,
    `update attachments set created_at = now() - interval '25 hours'`,
  )
  const fresh = await attach(await service.as(bob), notes)
  aheadMs = 70_000
  await eventually(async () => !(await readdir(folder)).includes(old.id))
  assert.deepEqual((await contentIn(folder)).toSorted(), [sent.id, fresh.id].toSorted())
})
