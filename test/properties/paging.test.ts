import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import * as fc from 'fast-check'
import { newId } from '../../service/protocol/ids.ts'
import { input } from '../support/chat-client.ts'
import type { ChatClient } from '../support/chat-client.ts'
import { beginMessage, scripted } from '../support/scripted-application.ts'
import { alice, startService } from '../support/service.ts'
import '../support/random.ts'

const ITEMS_BEFORE = 15
const ITEMS_MAX = 60
const RUNS = 6
const READERS = 3
const PAUSE_MS = 50

interface Way {
  readonly order: 'asc' | 'desc'
  readonly limit: number
}

/** Reads as the real client does: on from the last item that it received. */
async function visit(client: ChatClient, threadId: string, way: Way): Promise<string[]> {
  const ids: string[] = []
  while (true) {
    const after = ids.at(-1)
    const page = await client.listItems(threadId, { ...way, ...(after ? { after } : {}) })
    ids.push(...page.data.map(({ id }) => id))
    assert.ok(page.data.length > 0 || !page.has_more, 'an empty page would be asked for for ever')
    if (!page.has_more) return ids
  }
}

const way = fc.record({
  order: fc.constantFrom('asc' as const, 'desc' as const),
  limit: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constantFrom(0, 40, 9_999)),
})

test('while items are added, pages visit each item once, in both orders, with any limit', async (t) => {
  const ready = Promise.withResolvers<void>()
  const end = new AbortController()
  t.after(() => end.abort())
  const application = scripted(async (chat) => {
    // It has an end, or the smallest pages might never catch up.
    for (let count = 0; count < ITEMS_MAX && !end.signal.aborted; count += 1) {
      if (count === ITEMS_BEFORE) ready.resolve()
      if (count % 3 === 0) {
        const item = { id: newId('hiddenContext'), thread_id: chat.thread.id, content: 'x' }
        const type = 'sdk_hidden_context' as const
        const created_at = new Date().toISOString()
        await chat.send({ type: 'thread.item.done', item: { ...item, type, created_at } })
      }
      const message = await beginMessage(chat)
      await message.add(`Answer ${count}`)
      if (count > ITEMS_BEFORE) await sleep(PAUSE_MS)
      await message.done()
    }
  })
  // The smallest pages are more requests than a user may send in a minute.
  const environment = { QUOTAS: '{"default":{}}' }
  const service = await startService(t, { environment, replacements: { application } })
  const client = await service.as(alice)
  const stream = client.stream('threads.create', { input: input('Go') })
  const created = (await stream.next()).value
  assert.ok(created?.type === 'thread.created')
  const threadId = created.thread.id
  const heard = Array.fromAsync(stream)
  await ready.promise
  const ways = fc.array(way, { minLength: READERS, maxLength: READERS })
  let added = 0
  const property = fc.asyncProperty(ways, async (readers) => {
    const before = await visit(client, threadId, { order: 'asc', limit: 9_999 })
    const visits = await Promise.all(readers.map((each) => visit(client, threadId, each)))
    const after = await visit(client, threadId, { order: 'asc', limit: 9_999 })
    added += after.length - before.length
    for (const [index, ids] of visits.entries()) {
      const inOrder = readers[index]?.order === 'asc' ? ids : ids.toReversed()
      assert.equal(new Set(ids).size, ids.length, 'nothing is visited twice')
      const visited = new Set(ids)
      assert.deepEqual(
        before.filter((id) => !visited.has(id)),
        [],
        'nothing is left out',
      )
      assert.deepEqual(
        after.filter((id) => visited.has(id)),
        inOrder,
        'the order is one',
      )
    }
  })
  await fc.assert(property, { numRuns: RUNS, endOnFailure: true })
  assert.ok(added > 0, 'items were added in the meantime')
  end.abort()
  await heard
})
