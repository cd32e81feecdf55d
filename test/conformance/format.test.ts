import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Bindings } from './bindings.ts'
import { differences, differencesInAnyOrder } from './differences.ts'
import { ghostsAfter } from './ghosts.ts'
import { NoTracesError, readTraces, toTrace } from './read-traces.ts'
import { describeFailure, summarise } from './report.ts'
import { faultsOf } from './well-formed.ts'

// What the replayer is made of, without a service.

const scenario = JSON.stringify({
  name: 'greeting',
  respond: [
    { $setTitle: 'Greeting' },
    { type: 'thread.item.removed', item_id: 'msg_a' },
    { $raise: 'plain' },
  ],
  steps: [
    {
      request: { type: 'threads.list', params: {} },
      expect: { kind: 'stream', events: [], outcome: 'ended' },
      calls: [{ hook: 'respond', input_user_message: null }],
    },
  ],
  stored: [],
  stored_threads: [],
})

function found(expected: unknown, given: unknown): number {
  return differences(expected, given, { bindings: new Bindings(), path: '' }).length
}

function unordered(expected: unknown[], given: unknown[]): number {
  return differencesInAnyOrder(expected, given, { bindings: new Bindings(), path: 'rows' }).length
}

test('what the format does not have is said, and never passed over', () => {
  const misfits = [
    ['{"$setTitle":"Greeting"}', '{"$setTittle":"Greeting"}', /respond.*unknown entry/],
    ['"kind":"stream"', '"kind":"streem"', /steps\.0\.expect\.kind/],
    ['"outcome":"ended"', '"outcome":"over"', /steps\.0\.expect\.outcome/],
    ['"stored_threads"', '"stored_thread"', /stored_thread/],
    ['"hook":"respond"', '"hook":"reply"', /hook/],
    ['"$raise":"plain"', '"$raise":"loud"', /unknown entry/],
    ['"type":"thread.item.removed"', '"type":"thread.item.gone"', /unknown entry/],
    ['"outcome":"ended"', '"outcome":"cancelled"', /cancel_after/],
  ] as const
  for (const [search, replacement, complaint] of misfits) {
    const trace = toTrace('misfit', JSON.parse(scenario.replace(search, replacement)))
    assert.equal(trace.kind, 'unreadable', replacement)
    if (trace.kind === 'unreadable') assert.match(trace.faults.join('\n'), complaint)
  }
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

test('what is shown and not stored is a ghost', () => {
  const shown = { type: 'thread.item.added', item: { id: 'a' } }
  const stored = { threads: [], attachments: [] }
  assert.equal(ghostsAfter([shown], stored).length, 1)
  assert.equal(
    ghostsAfter([shown, { type: 'thread.item.removed', item_id: 'a' }], stored).length,
    0,
  )
  const kept = { id: 't', thread: {}, items: [{ id: 'a' }] }
  assert.equal(ghostsAfter([shown], { ...stored, threads: [kept] }).length, 0)
})

test('an event that is not one of the protocol, or shows what is hidden, has a fault', () => {
  const item = { id: 'a', thread_id: 't', created_at: '2026-01-02T03:04:05Z', type: 'end_of_turn' }
  const event = { type: 'thread.item.done', item }
  assert.deepEqual(faultsOf(event, 'event'), [])
  assert.equal(faultsOf({ ...event, type: 'thread.item.finished' }, 'event').length, 1)
  for (const change of [
    { type: 'hidden_context_item' },
    { created_at: '2026-01-02T03:04:05' },
    { id: '' },
  ]) {
    assert.equal(faultsOf({ ...event, item: { ...item, ...change } }, 'event').length, 1)
  }
})
