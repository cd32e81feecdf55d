import assert from 'node:assert/strict'
import { test } from 'node:test'
import { storableJson, storableText } from '../../service/protocol/text.ts'
import { sayWhole, scripted } from '../support/scripted-application.ts'
import { alice, startService } from '../support/service.ts'

test('text keeps everything but NUL and halves of surrogate pairs', () => {
  assert.equal(storableText('a\0b\uD800c 😀\u2028'), 'ab\uFFFDc 😀\u2028')
  assert.deepEqual(storableJson({ 'k\0': ['x\0', { y: null, n: 1.5 }] }), {
    k: ['x', { y: null, n: 1.5 }],
  })
  const plain = { text: String.raw`a backslash before u0000: \u0000` }
  assert.deepEqual(storableJson(plain), plain)
})

// Postgres refuses a NUL in text and in json, and a model can be made to write one.
test('an answer with characters that Postgres cannot hold is stored without them', async (t) => {
  const application = scripted((chat) => sayWhole(chat, 'a\0b\uD800'))
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const said = await client.say('Hi')
  assert.equal(said.text, 'ab\uFFFD')
  const last = (await client.listItems(said.threadId, { limit: 1 })).data[0]
  assert.ok(last?.type === 'assistant_message')
  assert.equal(last.content[0]?.text, 'ab\uFFFD')
})
