import assert from 'node:assert/strict'
import { test } from 'node:test'
import { input } from '../support/chat-client.ts'
import type { ChatClient } from '../support/chat-client.ts'
import { beginMessage, scripted } from '../support/scripted-application.ts'
import { alice, startService } from '../support/service.ts'

// The client asks on from the last item it got, as long as it is told that there is more.
test('pages of a conversation that is being answered keep their limit and miss nothing', async (t) => {
  const release = Promise.withResolvers<void>()
  const shown = Promise.withResolvers<void>()
  const application = scripted(async (chat) => {
    for (const text of ['one', 'two', 'three']) await (await beginMessage(chat)).add(text)
    shown.resolve()
    await release.promise
  })
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const stream = client.stream('threads.create', { input: input('Go') })
  const created = (await stream.next()).value
  assert.ok(created?.type === 'thread.created')
  await shown.promise
  for (const limit of [1, 2, 3, 4, 5]) {
    for (const order of ['asc', 'desc'] as const) {
      const ids = await readAll(client, created.thread.id, { order, limit })
      assert.deepEqual([ids.length, new Set(ids).size], [4, 4], `${order} ${limit}`)
    }
  }
  release.resolve()
  await client.hear(stream)
})

async function readAll(client: ChatClient, threadId: string, params: PageParams) {
  const ids: string[] = []
  for (let after: string | undefined; ;) {
    const page = await client.listItems(threadId, { ...params, after })
    assert.ok(page.data.length <= params.limit, `${params.order} ${params.limit}`)
    ids.push(...page.data.map(({ id }) => id))
    if (!page.has_more) return ids
    assert.equal(page.after, ids.at(-1))
    after = page.after
  }
}

interface PageParams {
  readonly order: 'asc' | 'desc'
  readonly limit: number
}
