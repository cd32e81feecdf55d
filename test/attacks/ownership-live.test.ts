import assert from 'node:assert/strict'
import { test } from 'node:test'
import { input } from '../support/chat-client.ts'
import { beginMessage, scripted } from '../support/scripted-application.ts'
import { alice, bob, otherAlice, startService } from '../support/service.ts'

// Whoever deletes a conversation ends its answer; who may not delete it must not do that either.
test('a stranger who deletes a conversation leaves its live answer alone', async (t) => {
  const release = Promise.withResolvers<void>()
  const live = scripted(async (chat) => {
    const answer = await beginMessage(chat)
    await answer.add('Half')
    await release.promise
    await answer.add(' and whole')
    await answer.done()
  })
  const service = await startService(t, { replacements: { application: live } })
  const client = await service.as(alice)
  const stream = client.stream('threads.create', { input: input('Hi') })
  const created = (await stream.next()).value
  assert.ok(created?.type === 'thread.created')
  for (const subject of [bob, otherAlice]) {
    const stranger = await service.as(subject)
    await stranger.post('threads.delete', { thread_id: created.thread.id })
  }
  release.resolve()
  assert.equal((await client.hear(stream)).text, 'Half and whole')
})
