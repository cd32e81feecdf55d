import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Chat } from '../../service/protocol/chat.ts'
import { FEED_LENGTH_MAX, FrameFeed } from '../../service/runs/frame-feed.ts'
import { query } from '../support/query.ts'
import { scripted } from '../support/scripted-application.ts'
import { alice, startService } from '../support/service.ts'

test('what is kept ends at a limit, oldest first', () => {
  const feed = new FrameFeed()
  const frame = 'x'.repeat(FEED_LENGTH_MAX / 64)
  for (let count = 0; count < 100; count++) feed.push(frame)
  assert.deepEqual([feed.holds(36), feed.holds(37)], [false, true])
  assert.equal(feed.readFrom(37)?.length, FEED_LENGTH_MAX)
})

test('of frames that are larger than the limit the last four are kept', () => {
  const feed = new FrameFeed()
  for (let count = 0; count < 6; count++) feed.push('x'.repeat(FEED_LENGTH_MAX * 2))
  assert.deepEqual([feed.holds(2), feed.holds(3)], [false, true])
})

// An image of a model is a few megabytes, and what it says next comes in the same moment.
test('a reader gets an image of any size, and what comes right after it', async (t) => {
  const url = `data:image/png;base64,${'A'.repeat(3_000_000)}`
  const application = scripted(async (chat: Chat) => {
    const createdAt = new Date().toISOString()
    const base = { id: 'ig_1', thread_id: chat.thread.id, created_at: createdAt }
    const item = { ...base, type: 'generated_image' as const }
    void chat.send({ type: 'thread.item.added', item })
    for (const id of ['a', 'b']) {
      const update = { type: 'generated_image.updated' as const, image: { id, url } }
      void chat.send({ type: 'thread.item.updated', item_id: item.id, update })
    }
    void chat.send({ type: 'thread.item.done', item: { ...item, image: { id: 'b', url } } })
    await chat.say('There.')
  })
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const { text, threadId } = await client.say('Draw')
  assert.equal(text, 'There.')
  const rows = await query(
    service.databaseUrl,
    `select 1 from items where thread_id = '${threadId}'`,
  )
  assert.equal(rows.length, 3)
})
