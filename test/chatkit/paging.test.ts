import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '../../service/protocol/ids.ts'
import type { ThreadItem } from '../../service/protocol/items.ts'
import type { ChatClient } from '../support/chat-client.ts'
import { sayWhole, scripted } from '../support/scripted-application.ts'
import { alice, startService } from '../support/service.ts'

const ITEMS = 30

/** Thirty answers, each followed by two items that no client may see. */
const many = scripted(async (chat) => {
  for (let index = 0; index < ITEMS; index++) {
    await sayWhole(chat, `Answer ${index}`)
    for (const note of ['one', 'two']) {
      await chat.send({
        type: 'thread.item.done',
        item: {
          type: 'hidden_context_item',
          id: newId('hiddenContext'),
          thread_id: chat.thread.id,
          created_at: new Date().toISOString(),
          content: note,
        },
      })
    }
  }
})

/** Reads on as the real client does: from the last item that it received. */
async function readAll(
  client: ChatClient,
  threadId: string,
  { order, limit }: { order: 'asc' | 'desc'; limit: number },
) {
  const items: ThreadItem[] = []
  while (true) {
    const after = items.at(-1)?.id
    const page = await client.listItems(threadId, { order, limit, ...(after ? { after } : {}) })
    items.push(...page.data)
    assert.ok(page.data.length === limit || !page.has_more, 'a page is full unless it is the last')
    assert.equal(page.after, page.has_more ? page.data.at(-1)?.id : undefined)
    if (!page.has_more) return items
  }
}

test('pages are full, skip nothing, repeat nothing, and never show a hidden item', async (t) => {
  const service = await startService(t, { replacements: { application: many } })
  const client = await service.as(alice)
  const { events, threadId } = await client.say('Go')
  assert.ok(!JSON.stringify(events).includes('hidden_context_item'))
  const ascending = await readAll(client, threadId, { order: 'asc', limit: 7 })
  assert.equal(ascending.length, ITEMS + 1)
  assert.equal(ascending[0]?.type, 'user_message')
  const descending = await readAll(client, threadId, { order: 'desc', limit: 4 })
  assert.deepEqual(descending.toReversed(), ascending)
  const first = await client.getThread(threadId)
  assert.deepEqual(first.items.data, ascending.slice(0, 20))
  assert.equal(first.items.has_more, true)
})

test('conversations come newest first, in pages', async (t) => {
  const application = scripted(async () => undefined)
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const ids: string[] = []
  for (let index = 0; index < 5; index++) ids.unshift((await client.say(`${index}`)).threadId)
  const all = await client.listThreads({ limit: 9_999 })
  assert.deepEqual(
    all.data.map((thread) => thread.id),
    ids,
  )
  assert.deepEqual(all.data[0]?.items, { data: [], has_more: false })
  const firstTwo = await client.listThreads({ limit: 2 })
  assert.equal(firstTwo.after, ids[1])
  const nextTwo = await client.listThreads({ limit: 2, after: ids[1] })
  assert.deepEqual(
    nextTwo.data.map((thread) => thread.id),
    ids.slice(2, 4),
  )
  const oldest = await client.listThreads({ limit: 1, order: 'asc' })
  assert.equal(oldest.data[0]?.id, ids.at(-1))
})

test('a cursor that nobody has is refused, and so is a negative limit', async (t) => {
  const application = scripted(async () => undefined)
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const { threadId } = await client.say('Hi')
  for (const [type, params, status] of [
    ['threads.list', { after: 'thr_unknown' }, 404],
    ['items.list', { thread_id: threadId, after: 'msg_unknown' }, 404],
    ['threads.list', { limit: -1 }, 400],
  ] as const) {
    const reply = await client.post<{ message: string }>(type, params)
    assert.equal(reply.status, status, type)
    assert.notEqual(reply.body.message, '')
  }
})
