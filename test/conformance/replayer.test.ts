import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { serverUrl } from '../support/database.ts'
import { Bindings } from './bindings.ts'
import { Databases } from './databases.ts'
import { differences, differencesInAnyOrder } from './differences.ts'
import { NoTracesError, readTraces, toTrace } from './read-traces.ts'
import { replay } from './replay.ts'
import { describeFailure, summarise } from './report.ts'

// A replayer that overlooks a difference proves nothing, so each kind of difference is put into a
// scenario that passes without it.

const message = (id: string, text: string) => ({
  id,
  thread_id: '<thread>',
  created_at: '<time>',
  type: 'user_message',
  content: [{ type: 'input_text', text }],
  attachments: [],
  inference_options: {},
})
const answer = {
  id: 'msg_a',
  thread_id: '<thread>',
  created_at: '<time>',
  type: 'assistant_message',
  content: [{ type: 'output_text', text: 'Hello.', annotations: [] }],
}
const thread = { id: '<thread>', created_at: '<time>', status: { type: 'active' }, metadata: {} }
const input = {
  content: [{ type: 'input_text', text: 'Hi' }],
  attachments: [],
  inference_options: {},
}

/** A scenario that passes, as text, so that a test can put a fault anywhere into it. */
const scenario = JSON.stringify({
  name: 'greeting',
  respond: [
    { $setTitle: 'Greeting' },
    {
      type: 'thread.item.done',
      item: { ...answer, thread_id: '$thread', created_at: '$now' },
    },
    { $raise: 'plain', message: 'the cellar is flooded' },
  ],
  steps: [
    {
      request: { type: 'threads.create', params: { input } },
      expect: {
        kind: 'stream',
        outcome: 'ended',
        events: [
          {
            type: 'thread.created',
            thread: { ...thread, items: { data: [], has_more: false } },
          },
          { type: 'thread.item.done', item: message('<item:1>', 'Hi') },
          { type: 'stream_options', stream_options: { allow_cancel: true } },
          { type: 'thread.item.done', item: answer },
          {
            type: 'thread.updated',
            thread: { title: 'Greeting', ...thread, items: { data: [], has_more: false } },
          },
          { type: 'error', code: 'stream.error', allow_retry: true },
        ],
      },
      calls: [{ hook: 'respond', input_user_message: '<item:1>' }],
    },
    {
      request: { type: 'items.list', params: { thread_id: '$thread', order: 'asc' } },
      expect: {
        kind: 'json',
        body: { data: [message('<item:1>', 'Hi'), answer], has_more: false },
      },
    },
  ],
  stored: [message('<item:1>', 'Hi'), answer],
  stored_threads: [{ title: 'Greeting', ...thread }],
})

const databases = new Databases(serverUrl())
after(() => databases[Symbol.asyncDispose]())

async function failuresOf(text: string): Promise<readonly string[]> {
  const [outcome] = await replay(toTrace('greeting', JSON.parse(text)), databases)
  return outcome?.differences ?? ['nothing was replayed']
}

function found(expected: unknown, given: unknown): number {
  return differences(expected, given, { bindings: new Bindings(), path: '' }).length
}

function unordered(expected: unknown[], given: unknown[]): number {
  return differencesInAnyOrder(expected, given, { bindings: new Bindings(), path: 'rows' }).length
}

/** The scenario with a fault in it: something that is there, replaced by something else. */
function withFault(search: string, replacement: string): string {
  assert.ok(scenario.includes(search), search)
  return scenario.replace(search, replacement)
}

test('a scenario that is as recorded has no differences', async () => {
  assert.deepEqual(await failuresOf(scenario), [])
})

const faults = {
  'an event of another type': ['"type":"thread.created"', '"type":"thread.updated"'],
  'an event too many': [
    '{"type":"error","code":"stream.error","allow_retry":true}',
    '{"type":"error","code":"stream.error","allow_retry":true},{"type":"progress_update","text":"?"}',
  ],
  'a missing event': ['{"type":"stream_options","stream_options":{"allow_cancel":true}},', ''],
  'another value': ['"allow_cancel":true', '"allow_cancel":false'],
  'another word': [
    '"text":"Hello.","annotations":[]}]}},{"type":"thread.updated"',
    '"text":"Hello!","annotations":[]}]}},{"type":"thread.updated"',
  ],
  'a missing key': ['"allow_retry":true', '"allow_retry":true,"message":"Sorry"'],
  'an additional key': ['"code":"stream.error","allow_retry":true', '"code":"stream.error"'],
  'a token that stands for two ids': ['"item":{"id":"msg_a"', '"item":{"id":"<item:1>"'],
  'two tokens for one id': ['"input_user_message":"<item:1>"', '"input_user_message":"<item:2>"'],
  'a call that was not made': [
    '"input_user_message":"<item:1>"}',
    '"input_user_message":"<item:1>"},{"hook":"action","action":{},"sender":null}',
  ],
  'a call that was not recorded': ['{"hook":"respond","input_user_message":"<item:1>"}', ''],
  'another kind of answer': [
    '"kind":"json","body"',
    '"kind":"failure"},"hardened":{"kind":"json","body"',
  ],
  'an item that is not stored': ['"stored":[', '"stored":[{"id":"<item:9>","...":true},'],
  'another row of a thread': [
    '"stored_threads":[{"title":"Greeting"',
    '"stored_threads":[{"title":"Farewell"',
  ],
} as const

for (const [fault, [search, replacement]] of Object.entries(faults)) {
  // The one fault above that is none: what is asked for besides is there.
  const isNone = fault === 'another kind of answer'
  test(`${isNone ? 'a hardened answer counts before' : 'the replayer sees'} ${fault}`, async () => {
    const failures = await failuresOf(withFault(search, replacement))
    assert.equal(failures.length > 0, !isNone, failures.join('\n'))
  })
}

// The words of a failure inside are as much part of an answer as any others.
test('an inner word in an answer is a difference, even where the answer is left open', async () => {
  const leaking = withFault('"text":"Hello."', '"text":"the cellar is flooded"').replace(
    '"calls":[{"hook":"respond","input_user_message":"<item:1>"}]',
    '"hardened":{"kind":"unspecified"}',
  )
  // The recorded answers must not say it, or it would be no secret.
  const failures = await failuresOf(leaking)
  assert.match(failures.join('\n'), /inner word has leaked: "the cellar is flooded"/)
})

test('what stays on display and is not stored is a ghost, where the answer is left open', async () => {
  const added = '"type":"thread.item.added","item":{"type":"end_of_turn","id":"msg_g",'
  const ghost = `{${added}"thread_id":"$thread","created_at":"$now"}},{"$raise":"plain"`
  const open = withFault('{"$raise":"plain"', ghost).replace(
    '"calls":[',
    '"hardened":{"kind":"unspecified"},"calls":[',
  )
  const failures = await failuresOf(open.replace('"$raise":"plain"', '"$raise":"stream"'))
  // The service takes it back before the stream ends, so nothing stays.
  assert.doesNotMatch(failures.join('\n'), /stays on display/)
})

test('what the format does not have is said, and never passed over', () => {
  const misfits = [
    ['{"$setTitle":"Greeting"}', '{"$setTittle":"Greeting"}', /respond.*unknown entry/],
    ['"kind":"stream"', '"kind":"streem"', /steps\.0\.expect\.kind/],
    ['"outcome":"ended"', '"outcome":"over"', /steps\.0\.expect\.outcome/],
    ['"stored_threads"', '"stored_thread"', /stored_thread/],
    ['"hook":"respond"', '"hook":"reply"', /hook/],
    ['"$raise":"plain"', '"$raise":"loud"', /unknown entry/],
    [
      '"type":"thread.item.done","item":{"id":"msg_a"',
      '"type":"thread.item.gone","item":{"id":"msg_a"',
      /unknown entry/,
    ],
  ] as const
  for (const [search, replacement, complaint] of misfits) {
    const trace = toTrace('misfit', JSON.parse(withFault(search, replacement)))
    assert.equal(trace.kind, 'unreadable', replacement)
    if (trace.kind === 'unreadable') assert.match(trace.faults.join('\n'), complaint)
  }
})

test('a placeholder that nothing has bound is a fault of the trace', async () => {
  const failures = await failuresOf(
    withFault('"thread_id":"$thread","order"', '"thread_id":"$thread:2","order"'),
  )
  assert.match(failures.join('\n'), /\$thread:2: no answer before has bound <thread:2>/)
})

test('files are judged by what they hold, and folders without traces are refused', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'traces-'))
  t.after(() => rm(folder, { recursive: true }))
  assert.throws(() => readTraces([folder]), NoTracesError)
  assert.throws(() => readTraces([join(folder, 'nothing')]), NoTracesError)
  await writeFile(join(folder, 'a.json'), scenario)
  await writeFile(join(folder, 'b.json'), '{')
  await writeFile(join(folder, 'c.json'), '{"name":"neither"}')
  const cases = [{ why: 'x', text: '', verdict: 'reject' }]
  await writeFile(join(folder, 'd.json'), JSON.stringify({ operation: 'x', cases }))
  const kinds = readTraces([folder]).map(({ kind }) => kind)
  assert.deepEqual(kinds, ['server', 'unreadable', 'unreadable', 'requests'])
  assert.equal(readTraces([join(folder, 'a.json')]).length, 1)
})

test('tokens, times, words and JSON in texts are matched as the format says', () => {
  assert.equal(found(['<item:1>', '<item:1>'], ['a', 'a']), 0)
  assert.equal(found(['<item:1>', '<item:1>'], ['a', 'b']), 1)
  assert.equal(found(['<item:1>', '<item:2>'], ['a', 'a']), 1)
  assert.equal(found(['<item:1>', '<thread>'], ['a', 'a']), 0)
  assert.equal(found('<time>', '2026-01-02T03:04:05.678Z'), 0)
  assert.equal(found('<time>', '2026-01-02T03:04:05.678901'), 1)
  assert.equal(found('<time>', '2026-01-02T03:04:05+00:00'), 1)
  assert.equal(found('<words>a<words>b<words>', 'xxaxxb'), 0)
  assert.equal(found('<words>a<words>b', 'b and a'), 1)
  const card = { text: 'It shows <json><words>', json: { type: 'Card', gap: 2 } }
  assert.equal(found(card, { text: 'It shows {"gap": 2, "type": "Card"} here' }), 0)
  assert.equal(found(card, { text: 'It shows {"gap": 3, "type": "Card"} here' }), 1)
  assert.equal(found({ a: 1, '...': true }, { a: 1, b: 2 }), 0)
  assert.equal(found({ a: 1 }, { a: 1, b: 2 }), 1)
  assert.equal(found({ a: null }, {}), 1)
  assert.equal(found([1, 2], [2, 1]), 2)
  assert.equal(found({ summary: { duration: 1 } }, { summary: { duration: 2 } }), 1)
  assert.equal(found({ x: { summary: { duration: 1 } } }, { x: { summary: { duration: 2 } } }), 0)
})

test('rows without an order are matched to each other, each once', () => {
  assert.equal(
    unordered(
      [
        { id: '<item:1>', n: 1 },
        { id: '<item:2>', n: 2 },
      ],
      [
        { id: 'b', n: 2 },
        { id: 'a', n: 1 },
      ],
    ),
    0,
  )
  assert.ok(unordered([{ n: 1 }, { n: 1 }], [{ n: 1 }, { n: 2 }]) > 0)
  assert.ok(unordered([{ n: 1 }], [{ n: 1 }, { n: 1 }]) > 0)
})

test('a failure is told in a few lines, and the last line counts', () => {
  const failed = {
    name: 'x',
    differences: Array.from({ length: 30 }, (_, n) => `events[${n}]: wrong`),
  }
  assert.equal(describeFailure(failed).split('\n').length, 12)
  assert.equal(summarise([failed, { name: 'y', differences: [] }]), '1 passed, 1 failed')
})
