import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reasonOf } from '../../service/bridge/upstream-events.ts'
import { plainAuthor, startAuthored } from '../support/authored.ts'
import { message, response, thoughts } from '../support/upstream-items.ts'
import type { UpstreamStep } from '../support/upstream.ts'

const place = { output_index: 0, content_index: 0 }
const thought = { output_index: 0, summary_index: 0 }

// Servers that speak the Responses API almost.
const odd: readonly (readonly [string, UpstreamStep])[] = [
  ['an item that is null', { type: 'response.output_item.added', ...place, item: null }],
  ['an item without a type', { type: 'response.output_item.added', ...place, item: {} }],
  ['the end of no item', { type: 'response.output_item.done', ...place }],
  ['a thought that is a number', delta('response.reasoning_summary_text.delta', 5)],
  ['the end of a thought without it', { type: 'response.reasoning_summary_text.done', ...thought }],
  ['a stage without an image', { type: 'response.image_generation_call.partial_image', ...place }],
  ['an image that is a number', done({ type: 'image_generation_call', id: 5, result: 7 })],
  ['a part that is null', { type: 'response.content_part.added', ...place, part: null }],
  ['a source that is null', annotation(null)],
  ['a place that is no number', annotation({ type: 'url_citation', url: 'https://a.example/' })],
]

function delta(type: string, value: unknown): UpstreamStep {
  return { type, ...thought, delta: value }
}

function done(item: unknown): UpstreamStep {
  return { type: 'response.output_item.done', output_index: 0, item }
}

function annotation(upstream: unknown): UpstreamStep {
  const type = 'response.output_text.annotation.added'
  return { type, ...place, output_index: 1, annotation: upstream }
}

test('what cannot be shown is left out, and the answer goes on', async (t) => {
  for (const [what, step] of odd) {
    const steps = response((index) => message('Fine.')(index + 1)).toSpliced(2, 0, step)
    const { client } = await startAuthored(t, plainAuthor, [steps])
    const { events, text } = await client.say('Go')
    assert.equal(text, 'Fine.', what)
    assert.equal(events.at(-1)?.type, 'thread.item.done', what)
  }
})

test('a text whose end does not repeat it is what was written', async (t) => {
  const steps = response(thoughts('Hm.'), message('Fine.')).map((step) =>
    'type' in step && step.type === 'response.output_text.done'
      ? { type: step.type, output_index: 1, content_index: 0 }
      : step,
  )
  const { client } = await startAuthored(t, plainAuthor, [steps])
  const { events, text } = await client.say('Go')
  assert.equal(text, 'Fine.')
  const ends = events.flatMap((event) =>
    event.type === 'thread.item.updated' &&
    event.update.type === 'assistant_message.content_part.done'
      ? [event.update.content.text]
      : [],
  )
  assert.deepEqual(ends, ['Fine.'])
})

test('a response that has failed without a word is a failure of the model', () => {
  for (const ended of [undefined, null, 'no', {}, { error: null }, { error: { code: 5 } }]) {
    assert.equal(reasonOf(ended), undefined)
  }
  assert.equal(reasonOf({ error: { code: 'server_error' } }), 'server_error')
  assert.equal(reasonOf({ incomplete_details: { reason: 'content_filter' } }), 'content_filter')
})
