import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scripted } from '../support/scripted-application.ts'
import { alice, startService } from '../support/service.ts'

/** What no type lets through, as an author without types would write it. */
const wrong = (json: string) => JSON.parse(json)

test('an item that is none is refused to whoever sent it, and the answer goes on', async (t) => {
  const application = scripted(async (chat) => {
    await assert.rejects(
      () => chat.ask(wrong('[{ "type": "multiple_choice", "id": "q" }]')),
      /question/,
    )
    await assert.rejects(() => chat.save(wrong('{ "type": "task" }')), /task/)
    await chat.say('Never mind.')
  })
  const service = await startService(t, { replacements: { application } })
  const { text, events } = await (await service.as(alice)).say('Ask me')
  assert.equal(text, 'Never mind.')
  assert.ok(!events.some(({ type }) => type === 'error'))
})

test('an event that the protocol does not have is refused, and nothing of it is shown', async (t) => {
  const application = scripted(async (chat) => {
    const send = (json: string) => () => chat.send(wrong(json))
    await assert.rejects(send('{ "type": "thread.shared", "link": "SECRET" }'), /removed/)
    const update = '{ "type": "poem.updated", "verse": "SECRET" }'
    await assert.rejects(
      send(`{ "type": "thread.item.updated", "item_id": "i", "update": ${update} }`),
      /value_delta/,
    )
    await chat.say('Never mind.')
  })
  const service = await startService(t, { replacements: { application } })
  const { text, events } = await (await service.as(alice)).say('Share')
  assert.equal(text, 'Never mind.')
  assert.ok(!JSON.stringify(events).includes('SECRET'))
})

test('a time in another zone, or in none, is sent and stored in UTC; one that is none is refused', async (t) => {
  const times = ['2026-01-02T03:04:05+02:00', '2026-01-02T03:04:05', '2026-01-02T03:04:05.678901Z']
  const application = scripted(async (chat) => {
    const base = { type: 'end_of_turn' as const, thread_id: chat.thread.id }
    for (const [index, created_at] of times.entries()) {
      await chat.send({ type: 'thread.item.done', item: { ...base, id: `e_${index}`, created_at } })
    }
    const item = { ...base, id: 'e_no', created_at: 'yesterday' }
    await assert.rejects(() => chat.send({ type: 'thread.item.done', item }), /must be a time/)
  })
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const { events, threadId } = await client.say('When?')
  const inUtc = ['2026-01-02T01:04:05.000Z', '2026-01-02T03:04:05.000Z', times[2]]
  const shown = events.flatMap((event) => (event.type === 'thread.item.done' ? [event.item] : []))
  const { data: stored } = await client.listItems(threadId, { order: 'asc' })
  for (const items of [shown, stored]) {
    const ends = items.filter(({ type }) => type === 'end_of_turn')
    assert.deepEqual(
      ends.map(({ created_at }) => created_at),
      inUtc,
    )
  }
})

test('what nobody catches ends the answer without a word of the inside', async (t) => {
  const application = scripted((chat) => chat.ask(wrong('[{ "type": "SECRET" }]')))
  const service = await startService(t, { replacements: { application } })
  const { events } = await (await service.as(alice)).say('Ask me')
  assert.deepEqual(events.at(-1), { type: 'error', code: 'stream.error', allow_retry: true })
})
