import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { newId } from '../../service/protocol/ids.ts'
import { ThreadItem, isHidden } from '../../service/protocol/items.ts'
import type { ThreadItemInput } from '../../service/protocol/items.ts'
import { valueOf } from '../support/arbitraries.ts'
import { input } from '../support/chat-client.ts'
import type { ChatClient } from '../support/chat-client.ts'
import { scripted } from '../support/scripted-application.ts'
import { alice, startService } from '../support/service.ts'
import '../support/random.ts'

const RUNS = 12
const ITEMS_MAX = 40
const TYPES = 11

/**
 * An item as somebody wrote it, before it has its place. Attachments get theirs when they are read.
 */
const items = fc.array(
  valueOf(ThreadItem).map((item): ThreadItemInput => {
    const written: ThreadItemInput = JSON.parse(JSON.stringify(item))
    return written.type === 'user_message' ? { ...written, attachments: [] } : written
  }),
  { minLength: 10, maxLength: ITEMS_MAX },
)

async function readAll(client: ChatClient, threadId: string): Promise<ThreadItem[]> {
  const read: ThreadItem[] = []
  while (true) {
    const after = read.at(-1)?.id
    const page = await client.listItems(threadId, { order: 'asc', limit: 100, after })
    read.push(...page.data)
    if (!page.has_more) return read
  }
}

test('every item that a run stores is read back as it was, unless it is hidden', async (t) => {
  let script: readonly ThreadItemInput[] = []
  const seen = new Set<string>()
  const application = scripted(async (chat) => {
    script = script.map((item) => ({ ...item, id: newId('message'), thread_id: chat.thread.id }))
    for (const item of script) {
      seen.add(item.type)
      await chat.send({ type: 'thread.item.done', item })
    }
  })
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const property = fc.asyncProperty(items, async (written) => {
    script = written
    const params = { input: input('Go') }
    const { events, threadId } = await client.hear(client.stream('threads.create', params))
    assert.ok(!events.some((event) => event.type === 'error'))
    const expected = script.filter((item) => !isHidden(item))
    const [question, ...read] = await readAll(client, threadId)
    assert.equal(question?.type, 'user_message')
    assert.deepEqual(read, expected)
    const heard = events.flatMap((event) => (event.type === 'thread.item.done' ? [event.item] : []))
    assert.deepEqual(heard.slice(1), expected)
  })
  await fc.assert(property, { numRuns: RUNS, endOnFailure: true })
  assert.equal(seen.size, TYPES, 'every type had its turn')
})
