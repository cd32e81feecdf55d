import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { ThreadItem } from '../../service/protocol/items.ts'
import type { ThreadStreamEvent } from '../../service/protocol/events.ts'
import { S3Files } from '../../service/store/files/s3-files.ts'
import { authored, outline, plainAuthor } from '../support/authored.ts'
import { eventually } from '../support/eventually.ts'
import { query } from '../support/query.ts'
import { BUCKET, S3Stub } from '../support/s3-stub.ts'
import { sayWhole, scripted } from '../support/scripted-application.ts'
import { alice, bob, startService } from '../support/service.ts'
import type { UpstreamStep } from '../support/upstream.ts'
import { image, message, response } from '../support/upstream-items.ts'
import { attach, contentIn, picture, send, startWithFolder, threadIn } from './upload.ts'

// As large as the images of a model are.
const FINAL = randomBytes(1_500_000)
const STAGE = randomBytes(900_000)
const drawn = response(
  image(base64(FINAL), base64(STAGE), base64(STAGE)),
  message('Here is your cat.'),
)
const talk = response(message('It is black.'))

async function startWithBucket(t: TestContext, answers: readonly (readonly UpstreamStep[])[]) {
  const s3 = await S3Stub.start(t)
  const attachmentFiles = new S3Files(BUCKET, s3.client)
  const { upstream, application } = await authored(t, plainAuthor, answers)
  const service = await startService(t, { replacements: { application, attachmentFiles } })
  return { s3, upstream, service, client: await service.as(alice) }
}

// In rows, pages and frames it would make everything about its conversation slow.
test('an image that the model makes is kept where attachments are', async (t) => {
  const { upstream, application } = await authored(t, plainAuthor, [drawn, talk])
  const { service, folder } = await startWithFolder(t, { replacements: { application } })
  const client = await service.as(alice)
  const events = await send(client, [])
  assert.deepEqual(outline(events).slice(0, 4), [
    'added generated_image',
    'generated_image.updated',
    'generated_image.updated',
    'done generated_image',
  ])
  assert.doesNotMatch(JSON.stringify(events), /"data:/)
  const threadId = threadIn(events)
  assert.deepEqual(await bytesAt(lastUrlIn(events)), FINAL)

  const read = imageIn((await client.getThread(threadId)).items.data)
  assert.equal(read?.id, 'ig_0')
  assert.deepEqual(await bytesAt(read?.url), FINAL)
  const rows = await query<Record<string, unknown>>(
    service.databaseUrl,
    `select name, mime_type, size_bytes, thread_id, org_id, user_id from attachments`,
  )
  assert.deepEqual(rows, [
    {
      name: 'image.png',
      mime_type: 'image/png',
      size_bytes: String(FINAL.length),
      thread_id: threadId,
      org_id: 'acme',
      user_id: 'alice',
    },
  ])
  const [longest] = await query<{ item: number; frames: number }>(
    service.databaseUrl,
    `select (select max(length) from items)::int as item,
            (select max(length(frames)) from run_chunks)::int as frames`,
  )
  assert.ok(longest && longest.item < 1_000 && longest.frames < 20_000, JSON.stringify(longest))

  // An address of this machine is of no use to the provider.
  await send(client, [], threadId)
  const told = JSON.stringify(upstream.calls[1]?.body.input)
  assert.ok(told.includes(`"image_url":"data:image/png;base64,${base64(FINAL)}"`))

  await client.post('threads.delete', { thread_id: threadId })
  await eventually(async () => (await contentIn(folder)).length === 0)
})

test('the address of a kept image is made at each read, and for the provider another', async (t) => {
  const { s3, service, client, upstream } = await startWithBucket(t, [drawn, talk])
  const events = await send(client, [])
  const threadId = threadIn(events)
  // A stage that another has followed is deleted.
  await eventually(() => s3.objects.size === 1)
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 3 * 3_600_000 })
  assert.equal((await fetch(lastUrlIn(events))).status, 403)
  // Tokens end sooner than that.
  const later = await service.as(alice)
  const { data } = await later.listItems(threadId, { order: 'asc' })
  const now = imageIn(data)?.url ?? ''
  const shown = await fetch(now)
  assert.equal(shown.headers.get('content-type'), 'image/png')
  assert.deepEqual(Buffer.from(await shown.arrayBuffer()), FINAL)
  await send(later, [], threadId)
  const address = /"image_url":"(http[^"]+)"/.exec(JSON.stringify(upstream.calls[1]?.body.input))
  assert.ok(address?.[1] && address[1] !== now)
  assert.deepEqual(await bytesAt(address[1]), FINAL)
  s3.objects.clear()
  t.mock.timers.tick(1_000_000)
  await send(later, [], threadId)
  const told = JSON.stringify(upstream.calls[2]?.body.input)
  assert.match(told, /You made an image for the user.*not available any more/)
  assert.doesNotMatch(told, /image_url/)
})

test('a small stage is not worth keeping; a small image is', async (t) => {
  const small = response(image(base64(picture.content), base64(picture.content)), message('There.'))
  const { s3, client } = await startWithBucket(t, [small])
  const events = await send(client, [])
  const stages = urlsIn(events).slice(0, -1)
  assert.deepEqual(stages, [`data:image/png;base64,${base64(picture.content)}`])
  assert.deepEqual(await bytesAt(lastUrlIn(events)), picture.content)
  assert.equal(s3.requests.filter((request) => request.startsWith('PUT')).length, 1)
})

// Compatible servers give ids twice, and each response counts its images anew.
test('a finished image stays when another one has its id', async (t) => {
  const urls: (string | undefined)[] = []
  const application = scripted(async (chat) => {
    const whole = { id: 'i', base64: base64(picture.content), mimeType: 'image/png' }
    for (const isStage of [true, false, true, false]) {
      urls.push(await chat.keepImage({ ...whole, isStage }))
    }
    await sayWhole(chat, 'There.')
  })
  const { service, folder } = await startWithFolder(t, { replacements: { application } })
  await send(await service.as(alice), [])
  await eventually(async () => (await contentIn(folder)).length === 2)
  for (const url of [urls[1], urls[3]]) assert.deepEqual(await bytesAt(url), picture.content)
  assert.equal((await query(service.databaseUrl, 'select 1 from attachments')).length, 2)
})

// It has been paid for.
test('an image is shown although the place to keep it is away', async (t) => {
  const { s3, service, client } = await startWithBucket(t, [
    response(image(base64(picture.content)), message('There.')),
  ])
  s3.failWith = (method) => (method === 'PUT' ? 503 : undefined)
  const events = await send(client, [])
  assert.equal(lastUrlIn(events), `data:image/png;base64,${base64(picture.content)}`)
  assert.equal(outline(events).at(-1), 'done assistant_message')
  assert.deepEqual(await query(service.databaseUrl, 'select 1 from attachments'), [])
})

// An address in an item is what an application has put there: it opens nothing by itself.
test('an image of another conversation or user is not opened by its id', async (t) => {
  let foreign = ''
  const application = scripted(async (chat) => {
    await chat.send({
      type: 'thread.item.done',
      item: {
        type: 'generated_image',
        id: 'image',
        thread_id: chat.thread.id,
        created_at: new Date().toISOString(),
        image: { id: 'i', url: `https://img.example/${foreign}?old` },
      },
    })
    await sayWhole(chat, 'There.')
  })
  const { service, folder } = await startWithFolder(t, { replacements: { application } })
  const client = await service.as(alice)
  const other = await service.as(bob)
  foreign = (await attach(other, picture)).id
  await send(other, [foreign])
  assert.ok((await readFile(`${folder}/${foreign}`)).length > 0)
  for (const id of [foreign, (await attach(client, picture)).id]) {
    foreign = id
    const threadId = threadIn(await send(client, []))
    const read = imageIn((await client.getThread(threadId)).items.data)
    assert.equal(read?.url, `https://img.example/${id}?old`)
  }
})

test('what is no image, and nothing, is not kept', async (t) => {
  const kept: unknown[] = []
  const application = scripted(async (chat) => {
    const whole = { id: 'i', base64: base64(picture.content), mimeType: 'image/png' }
    kept.push(await chat.keepImage({ ...whole, mimeType: 'image/svg+xml' }))
    kept.push(await chat.keepImage({ ...whole, base64: '' }))
    kept.push(typeof (await chat.keepImage({ ...whole, name: 'cat.png' })))
    await sayWhole(chat, 'There.')
  })
  const { service } = await startWithFolder(t, { replacements: { application } })
  await send(await service.as(alice), [])
  const without = await startService(t, { replacements: { application } })
  await send(await without.as(alice), [])
  assert.deepEqual(kept, [undefined, undefined, 'string', undefined, undefined, 'undefined'])
  const rows = await query(service.databaseUrl, 'select name from attachments')
  assert.deepEqual(rows, [{ name: 'cat.png' }])
})

function base64(content: Buffer): string {
  return content.toString('base64')
}

async function bytesAt(url = ''): Promise<Buffer> {
  const answer = await fetch(url)
  assert.equal(answer.status, 200, url)
  return Buffer.from(await answer.arrayBuffer())
}

function imageIn(items: readonly ThreadItem[]) {
  const item = items.find(({ type }) => type === 'generated_image')
  return item?.type === 'generated_image' ? item.image : undefined
}

/** The addresses of the image in its stages, the finished one last. */
function urlsIn(events: readonly ThreadStreamEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.type === 'thread.item.updated') {
      return event.update.type === 'generated_image.updated' ? [event.update.image.url] : []
    }
    if (event.type !== 'thread.item.done' || event.item.type !== 'generated_image') return []
    return event.item.image ? [event.item.image.url] : []
  })
}

function lastUrlIn(events: readonly ThreadStreamEvent[]): string {
  return urlsIn(events).at(-1) ?? ''
}
