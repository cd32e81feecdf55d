import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { query } from '../support/query.ts'
import { alice, startService } from '../support/service.ts'
import { completed, startUpstream, started, textAnswer } from '../support/upstream.ts'
import type { UpstreamStep } from '../support/upstream.ts'

// Longer than it takes a busy machine to send what is there.
const SILENCE_SECONDS = 2

async function startWith(
  t: TestContext,
  answers: readonly (readonly UpstreamStep[])[],
  silenceSeconds = 30,
) {
  const upstream = await startUpstream(t, answers)
  const service = await startService(t, {
    environment: {
      OPENAI_API_KEY: 'sk-test',
      OPENAI_BASE_URL: upstream.url,
      MODEL_SILENCE_SECONDS: String(silenceSeconds),
    },
    replacements: { modelProvider: undefined },
  })
  return { upstream, service, client: await service.as(alice) }
}

test('a text comes as the events that the reference sends, with ids of our own', async (t) => {
  const { client, upstream, service } = await startWith(t, [textAnswer(['Good', ' mor', 'ning.'])])
  const { events } = await client.say('Say good morning')
  const answer = events.filter((event) => event.type.startsWith('thread.item')).slice(1)
  assert.deepEqual(
    answer.map((event) => (event.type === 'thread.item.updated' ? event.update.type : event.type)),
    [
      'thread.item.added',
      'assistant_message.content_part.added',
      'assistant_message.content_part.text_delta',
      'assistant_message.content_part.text_delta',
      'assistant_message.content_part.text_delta',
      'assistant_message.content_part.done',
      'thread.item.done',
    ],
  )
  assert.ok(!JSON.stringify(events).includes('msg_up'))
  assert.equal(upstream.calls[0]?.authorization, 'Bearer sk-test')
  const usage = await query(service.databaseUrl, 'select input_tokens, output_tokens from runs')
  assert.deepEqual(usage, [{ input_tokens: '11', output_tokens: '7' }])
})

test('the model is told the whole conversation', async (t) => {
  const { client, upstream } = await startWith(t, [textAnswer(['One']), textAnswer(['Two'])])
  const { threadId } = await client.say('First')
  await client.say('Second', threadId)
  const input = JSON.stringify(upstream.calls[1]?.body.input)
  assert.match(input, /First.*One.*Second/)
})

test('a source that cannot be shown is left out, and the others are counted anew', async (t) => {
  const annotations = [
    { type: 'from_the_future', anything: 1 },
    // A client makes a link of it.
    { type: 'url_citation', url: 'javascript:alert(1)', title: 'X', start_index: 0, end_index: 3 },
    { type: 'url_citation', url: 'https://a.example', title: 'A', start_index: 0, end_index: 3 },
    { type: 'file_citation', file_id: 'f', filename: 'b.pdf', index: 4 },
  ]
  const answer = textAnswer(['Text'])
  const place = { item_id: 'msg_up', output_index: 0, content_index: 0 }
  const events = annotations.map((annotation, index) => ({
    type: 'response.output_text.annotation.added',
    ...place,
    annotation_index: index,
    annotation,
  }))
  const part = { type: 'output_text', text: 'Text', annotations, logprobs: [] }
  const item = {
    id: 'msg_up',
    type: 'message',
    role: 'assistant',
    status: 'completed',
    content: [part],
  }
  const done = { type: 'response.output_item.done', output_index: 0, item }
  const { client } = await startWith(t, [
    [...answer.slice(0, 4), ...events, ...answer.slice(4, 6), done, completed([item])],
  ])
  const said = await client.say('Sources?')
  const shown = said.events.flatMap((event) =>
    event.type === 'thread.item.updated' && 'annotation' in event.update ? [event.update] : [],
  )
  assert.deepEqual(
    shown.map(({ annotation_index: index, annotation }) => [index, annotation.source.type]),
    [
      [0, 'url'],
      [1, 'file'],
    ],
  )
  const last = said.events.at(-1)
  assert.ok(last?.type === 'thread.item.done' && last.item.type === 'assistant_message')
  assert.equal(last.item.content[0]?.annotations.length, 2)
})

test('a refusal is shown as the text that it is', async (t) => {
  const place = { item_id: 'm', output_index: 0, content_index: 0 }
  const part = { type: 'refusal', refusal: 'I will not.' }
  const item = { id: 'm', type: 'message', role: 'assistant', status: 'completed', content: [part] }
  const { client } = await startWith(t, [
    [
      started(),
      { type: 'response.output_item.added', output_index: 0, item: { ...item, content: [] } },
      { type: 'response.content_part.added', ...place, part: { type: 'refusal', refusal: '' } },
      { type: 'response.refusal.delta', ...place, delta: 'I will ' },
      { type: 'response.refusal.delta', ...place, delta: 'not.' },
      { type: 'response.refusal.done', ...place, refusal: 'I will not.' },
      { type: 'response.output_item.done', output_index: 0, item },
      completed([item]),
    ],
  ])
  assert.equal((await client.say('Do it')).text, 'I will not.')
})

for (const [what, step, calls] of [
  ['is cut off', { $cut: true }, 1],
  ['says nothing more', { $pauseMs: 60_000 }, 1],
  ['fails', { type: 'error', code: 'server_error', message: 'SECRET', param: null }, 1],
] as const) {
  test(`when the model ${what} in the middle, its text stays and a retry is offered`, async (t) => {
    const begun = textAnswer(['Once upon', ' a time']).slice(0, 5)
    const { client, upstream } = await startWith(t, [[...begun, step]], SILENCE_SECONDS)
    const said = await client.say('A story')
    // The client has words of its own for this.
    const failure = { type: 'error', code: 'stream.error', allow_retry: true }
    assert.deepEqual(said.events.at(-1), failure)
    assert.ok(!JSON.stringify(said.events).includes('SECRET'))
    const before = said.events.at(-2)
    assert.ok(before?.type === 'thread.item.done', 'the text is kept before the failure is told')
    assert.equal(said.text, 'Once upon a time')
    assert.equal(upstream.calls.length, calls, 'what has begun is not asked again')
    assert.equal((await client.listItems(said.threadId)).data.length, 2)
  })
}

for (const type of ['image_generation_call', 'mcp_call']) {
  test(`the silence while an ${type} is at work is no sign of anything`, async (t) => {
    const hosted = { id: 'h', type, status: 'in_progress' }
    const item = { ...hosted, status: 'completed', result: 'QQ==' }
    const place = { output_index: 7 }
    const [begun, ...rest] = textAnswer(['Done'])
    const { client } = await startWith(
      t,
      [
        [
          begun ?? started(),
          { type: 'response.output_item.added', ...place, item: hosted },
          { $pauseMs: 2_000 * SILENCE_SECONDS },
          { type: 'response.output_item.done', ...place, item },
          ...rest,
        ],
      ],
      SILENCE_SECONDS,
    )
    const { text, events } = await client.say('Work')
    assert.equal(text, 'Done')
    assert.equal(events.at(-1)?.type, 'thread.item.done')
  })
}

test('after its work a model that says nothing more is given up', async (t) => {
  const item = { id: 'h', type: 'mcp_call', status: 'completed' }
  const place = { output_index: 7 }
  const [begun, ...rest] = textAnswer(['Too late'])
  const { client } = await startWith(
    t,
    [
      [
        begun ?? started(),
        { type: 'response.output_item.added', ...place, item },
        { type: 'response.output_item.done', ...place, item },
        { $pauseMs: 60_000 },
        ...rest,
      ],
    ],
    SILENCE_SECONDS,
  )
  const { events, text } = await client.say('Work')
  assert.deepEqual(events.at(-1), { type: 'error', code: 'stream.error', allow_retry: true })
  assert.equal(text, '')
})

test('a busy model is asked again before the first event, at most twice', async (t) => {
  const busy = [{ $status: 429, body: { error: { message: 'SECRET quota' } } }]
  const { client, upstream } = await startWith(t, [busy, busy, textAnswer(['At last'])])
  assert.equal((await client.say('Hello')).text, 'At last')
  assert.equal(upstream.calls.length, 3)
})

test('a model that stays busy is an error in our own words', async (t) => {
  const { client, upstream } = await startWith(t, [
    [{ $status: 429, body: { error: { message: 'SECRET quota of org-1' } } }],
  ])
  const { events } = await client.say('Hello')
  const last = events.at(-1)
  assert.ok(last?.type === 'error' && last.allow_retry)
  assert.ok(!JSON.stringify(events).includes('SECRET'))
  assert.equal(upstream.calls.length, 3)
})

test('a request that the model does not accept is not offered again', async (t) => {
  const { client } = await startWith(t, [
    [{ $status: 400, body: { error: { message: 'SECRET', code: 'context_length_exceeded' } } }],
  ])
  const last = (await client.say('Hello')).events.at(-1)
  assert.ok(last?.type === 'error' && !last.allow_retry)
  assert.ok(!JSON.stringify(last).includes('SECRET'))
})

for (const [what, step, code] of [
  ['is stopped by a filter', ended('incomplete', 'content_filter'), /rules/],
  ['is longer than it may be', ended('incomplete', 'max_output_tokens'), /greatest length/],
  ['is about too much', ended('failed', 'context_length_exceeded'), /new conversation/],
  ['is asked for something forbidden', ended('failed', 'invalid_prompt'), /rules/],
  ['is shown a broken picture', ended('failed', 'image_parse_error'), /could not answer/],
] as const) {
  test(`an answer that ${what} says so, and is not offered again`, async (t) => {
    const { client } = await startWith(t, [[started(), step]])
    const last = (await client.say('Hello')).events.at(-1)
    assert.ok(last?.type === 'error' && last.code === 'custom' && !last.allow_retry)
    assert.match(last.message ?? '', code)
    assert.ok(!JSON.stringify(last).includes('SECRET'))
  })
}

function ended(status: 'failed' | 'incomplete', reason: string): UpstreamStep {
  const response = { id: 'resp_1', object: 'response', created_at: 1, model: 'test', output: [] }
  const why =
    status === 'failed'
      ? { error: { code: reason, message: 'SECRET' } }
      : { incomplete_details: { reason } }
  return { type: `response.${status}`, response: { ...response, status, ...why } }
}
