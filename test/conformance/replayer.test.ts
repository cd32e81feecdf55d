import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { serverUrl } from '../support/database.ts'
import { Databases } from './databases.ts'
import { toTrace } from './read-traces.ts'
import { replay } from './replay.ts'

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
  'an item that is not stored': ['"stored":[', '"stored":[{"id":"<item:9>","...":true},'],
  'another row of a thread': [
    '"stored_threads":[{"title":"Greeting"',
    '"stored_threads":[{"title":"Farewell"',
  ],
} as const

for (const [fault, [search, replacement]] of Object.entries(faults)) {
  test(`the replayer sees ${fault}`, async () => {
    const failures = await failuresOf(withFault(search, replacement))
    assert.notDeepEqual(failures, [])
  })
}

test('a hardened answer counts instead of the recorded one', async () => {
  const other = '"kind":"failure"},"hardened":{"kind":"json","body"'
  assert.deepEqual(await failuresOf(withFault('"kind":"json","body"', other)), [])
})

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

test('a placeholder that nothing has bound is a fault of the trace', async () => {
  const failures = await failuresOf(
    withFault('"thread_id":"$thread","order"', '"thread_id":"$thread:2","order"'),
  )
  assert.match(failures.join('\n'), /\$thread:2: no answer before has bound <thread:2>/)
})

test('the replayer sees that a model is told something else', async () => {
  const file = join(import.meta.dirname, 'traces', 'bridge', 'two-turns.json')
  const text = await readFile(file, 'utf8')
  assert.deepEqual(await failuresOf(text), [])
  const at = text.indexOf('"model_input"')
  const other = text.slice(at).replace('"Who am I then?"', '"Who was I then?"')
  const failures = await failuresOf(text.slice(0, at) + other)
  assert.match(failures.join(), /^model_input\[1\]\[2\].*Who was I then/)
})

test('the replayer sees a wrong verdict and a request that means something else', async () => {
  const body = { type: 'threads.update', params: { thread_id: 'thr_1', title: 'New' } }
  const canonical = { ...body, params: { ...body.params, title: 'Old' } }
  const cases = [
    { why: 'right', body, verdict: 'accept', canonical: body },
    { why: 'turned away', body, verdict: 'reject' },
    { why: 'taken', body: { ...body, params: {} }, verdict: 'accept' },
    { why: 'misunderstood', body, verdict: 'accept', canonical },
    { why: 'left open', body: { ...body, params: {} }, verdict: 'accept', hardened: 'either' },
  ]
  const trace = toTrace('verdicts', { operation: 'threads.update', cases })
  const outcomes = await replay(trace, databases)
  const failed = outcomes.filter(({ differences: found }) => found.length > 0)
  assert.deepEqual(
    failed.map(({ name }) => name),
    ['verdicts: turned away', 'verdicts: taken', 'verdicts: misunderstood'],
  )
})
