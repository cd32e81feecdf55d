import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alice, startService } from '../support/service.ts'
import type { ChatClient } from '../support/chat-client.ts'
import { jsonCorpus } from '../support/json-corpus.ts'

const NO_LIMITS = { QUOTAS: '{"default":{}}' }

/** A value where any value may stand: as a property that the service does not know and drops. */
function inBody(value: string | Buffer): Uint8Array<ArrayBuffer> {
  const parts = ['{"type":"threads.list","params":{"x":', value, '}}']
  return new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part))))
}

async function ask(client: ChatClient, body: Uint8Array<ArrayBuffer> | string) {
  const response = await client.fetch(body)
  return { status: response.status, text: await response.text() }
}

test(`of ${jsonCorpus.length} texts, exactly those that RFC 8259 allows are read`, async (t) => {
  assert.ok(jsonCorpus.length >= 318)
  const service = await startService(t, { environment: NO_LIMITS })
  const client = await service.as(alice)
  for (const { rule, text, isValid } of jsonCorpus) {
    const { status, text: answer } = await ask(client, inBody(text))
    const what = `${rule}: ${JSON.stringify(text.toString())}: ${answer}`
    assert.equal(status, isValid ? 200 : 400, what)
    if (!isValid) assert.match(answer, /body: not valid JSON/, what)
  }
})

// Two parsers that take different ones of two values let a filter before us be passed by.
test('of two properties with one name the last one counts, as everywhere', async (t) => {
  const service = await startService(t)
  const client = await service.as(alice)
  const limits = async (params: string) =>
    (await ask(client, `{"type":"threads.list","params":${params}}`)).status
  assert.equal(await limits('{"limit":"x","limit":1}'), 200)
  assert.equal(await limits('{"limit":1,"limit":"x"}'), 400)
  const types = '{"type":"threads.list","type":"no.such","params":{}}'
  assert.equal((await ask(client, types)).status, 400)
})

const withZeros = (count: number) => inBody(`[${'0,'.repeat(count - 1)}0]`)

test('a body has a hundred thousand values at most', async (t) => {
  const service = await startService(t)
  const client = await service.as(alice)
  // Beside them there are the body, its type, its params and the list.
  assert.equal((await ask(client, withZeros(99_996))).status, 200)
  const { status, text } = await ask(client, withZeros(100_001))
  assert.equal(status, 400)
  assert.match(text, /body: more than 100000 values/)
})

// The grammar allows these; what is behind the grammar has limits, and names them.
test('numbers, lists and texts beyond what a field allows are a 400 that names the field', async (t) => {
  const service = await startService(t, { environment: NO_LIMITS })
  const client = await service.as(alice)
  const extremes = [
    '1e400',
    '-1e400',
    '1e-400',
    '-0.5',
    '9007199254740993',
    '-1',
    '1.5',
    '1e21',
    '9'.repeat(10_000),
  ]
  for (const number of extremes) {
    const body = `{"type":"threads.list","params":{"limit":${number}}}`
    const { status, text } = await ask(client, body)
    const isAllowed = Number.isSafeInteger(Number(number)) && Number(number) >= 0
    assert.equal(status, isAllowed ? 200 : 400, `${number.slice(0, 30)}: ${text}`)
    if (!isAllowed) assert.match(text, /params\.limit: /)
  }
  const part = { type: 'input_text', text: 'x' }
  const whole = { content: [part], attachments: [], inference_options: {} }
  for (const [field, input] of [
    ['content.0.text', { ...whole, content: [{ ...part, text: 'x'.repeat(100_001) }] }],
    ['content', { ...whole, content: Array.from({ length: 101 }, () => part) }],
    ['attachments', { ...whole, attachments: Array(11).fill('atc_1') }],
    ['quoted_text', { ...whole, quoted_text: 'x'.repeat(100_001) }],
    ['inference_options.model', { ...whole, inference_options: { model: 'x'.repeat(1_001) } }],
  ] as const) {
    const { status, text } = await ask(
      client,
      JSON.stringify({ type: 'threads.create', params: { input } }),
    )
    assert.equal(status, 400, field)
    assert.ok(text.includes(`params.input.${field}: `), text)
  }
})
