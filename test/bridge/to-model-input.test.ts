import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ThreadItem, UserMessageItem } from '../../service/protocol/items.ts'
import { modelInputOf } from '../support/model-input.ts'

const base = { thread_id: 'thr_1', created_at: '2026-01-01T00:00:00.000Z' }

function message(id: string, text: string, more: Partial<UserMessageItem> = {}): UserMessageItem {
  return {
    ...base,
    type: 'user_message',
    id,
    content: [{ type: 'input_text', text }],
    attachments: [],
    inference_options: {},
    ...more,
  }
}

function call(id: string, status: 'pending' | 'completed', output?: unknown): ThreadItem {
  return {
    ...base,
    type: 'client_tool_call',
    id,
    call_id: `call_${id}`,
    name: 'pick',
    arguments: { of: null },
    status,
    output,
  }
}

test('a quotation is told with the newest message only', async () => {
  const old = await modelInputOf([message('1', 'Old', { quoted_text: 'q1' }), message('2', 'New')])
  assert.ok(!JSON.stringify(old).includes('q1'))
  const recent = await modelInputOf([message('1', 'New', { quoted_text: 'q1' })])
  assert.ok(JSON.stringify(recent).includes('q1'))
})

test('a quotation is still told after the browser was asked, until an answer has come', async () => {
  const asked = [message('1', 'Is this now?', { quoted_text: 'q1' }), call('2', 'completed', 'CET')]
  assert.ok(JSON.stringify(await modelInputOf(asked)).includes('q1'))
  const answer: ThreadItem = { ...base, type: 'assistant_message', id: '3', content: [] }
  const answered = [...asked, answer, call('4', 'completed')]
  assert.ok(!JSON.stringify(await modelInputOf(answered)).includes('q1'))
})

test('of files that were sent five messages ago only the names are told', async () => {
  const files = ['old', 'recent'].map((name) => {
    return { type: 'file' as const, id: name, name: `${name}.txt`, mime_type: 'application/zip' }
  })
  const sent = files.map((file) => message(file.id, 'See', { attachments: [file] }))
  const later = ['1', '2', '3', '4'].map((id) => message(id, 'And?'))
  const told = JSON.stringify(await modelInputOf([...sent, ...later]))
  assert.match(told, /old\.txt[^;]*; it was sent a while ago/)
  assert.match(told, /recent\.txt[^;]*; you cannot read it/)
})

test('a mention is told by its name', async () => {
  const content: UserMessageItem['content'] = [
    { type: 'input_text', text: 'Ask ' },
    { type: 'input_tag', id: 'u_1', text: 'Ada', data: {}, interactive: false },
  ]
  assert.match(JSON.stringify(await modelInputOf([message('1', '', { content })])), /Ask @Ada/)
})

test('a call of the browser is told with its outcome, and not at all while it waits', async () => {
  const input = await modelInputOf([
    call('1', 'completed', { colour: 'red' }),
    call('2', 'pending'),
  ])
  assert.deepEqual(
    input.map((item) => ('callId' in item ? [item.type, item.callId] : item)),
    [
      ['function_call', 'call_1'],
      ['function_call_result', 'call_1'],
    ],
  )
  assert.match(JSON.stringify(input), /colour/)
})

test('what is too long ago to fit is left out, oldest first, and calls stay whole', async () => {
  const items = [
    message('old', 'x'.repeat(150_000)),
    call('1', 'completed', 'y'.repeat(30_000)),
    message('middle', 'z'.repeat(100_000)),
    message('new', 'the question'),
  ]
  const text = JSON.stringify(await modelInputOf(items))
  assert.ok(text.includes('the question'))
  assert.ok(!text.includes('xxxx'))
  assert.equal(text.includes('function_call"'), text.includes('function_call_result'))
})

test('the newest message is told however long it is', async () => {
  const input = await modelInputOf([message('old', 'old'), message('new', 'x'.repeat(300_000))])
  assert.equal(input.length, 1)
  assert.ok(JSON.stringify(input).includes('xxx'))
})

test('hidden context is told, and an end of turn says nothing', async () => {
  const input = await modelInputOf([
    { ...base, type: 'hidden_context_item', id: '1', content: { plan: 'pro' } },
    { ...base, type: 'sdk_hidden_context', id: '2', content: 'was stopped' },
    { ...base, type: 'end_of_turn', id: '3' },
  ])
  assert.equal(input.length, 2)
  assert.match(JSON.stringify(input), /plan.*was stopped/)
})
