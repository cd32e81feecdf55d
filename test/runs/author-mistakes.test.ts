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

test('what nobody catches ends the answer without a word of the inside', async (t) => {
  const application = scripted((chat) => chat.ask(wrong('[{ "type": "SECRET" }]')))
  const service = await startService(t, { replacements: { application } })
  const { events } = await (await service.as(alice)).say('Ask me')
  assert.deepEqual(events.at(-1), { type: 'error', code: 'stream.error', allow_retry: true })
})
