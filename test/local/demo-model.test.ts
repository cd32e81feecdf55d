import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Agent } from '@openai/agents'
import type { AgentInputItem, ModelRequest } from '@openai/agents'
import { z } from 'zod'
import { DemoModel } from '../../service/local/demo-model.ts'
import { ask, makeTools, runner, startRunner } from './demo-agent.ts'

/** No faster than this, if no other pace is asked for. */
const WORDS_PER_SECOND = 45
const ABORT_MS_MAX = 5_000 // at its pace the answer would take longer than half a minute

test('the same text gets the same answer, and another text another one', async () => {
  const texts = ['Hello', 'What is a monad?', 'My cat sleeps all day', 'Tell me about Norway', '']
  const answers = await Promise.all(texts.map((text) => ask(text)))
  assert.deepEqual(await Promise.all(texts.map((text) => ask(text))), answers)
  assert.equal(new Set(answers).size, texts.length)
})

test('the deltas of a stream are the answer, and the tokens are counted', async () => {
  const result = await runner.run(new Agent({ name: 'plain' }), 'Who painted this?', {
    stream: true,
  })
  let streamed = ''
  for await (const event of result) {
    if (event.type !== 'raw_model_stream_event') continue
    if (event.data.type === 'output_text_delta') streamed += event.data.delta
  }
  assert.equal(streamed, result.finalOutput)
  const { inputTokens, outputTokens, totalTokens } = result.runContext.usage
  assert.ok(inputTokens > 0)
  assert.equal(outputTokens, Math.ceil(streamed.length / 4))
  assert.equal(totalTokens, inputTokens + outputTokens)
})

test('only the first answer of a conversation says that it is a demo', async () => {
  const first = await runner.run(new Agent({ name: 'plain' }), 'Hello')
  assert.match(String(first.finalOutput), /demo model.*OPENAI_API_KEY/)
  const history: AgentInputItem[] = [...first.history, { role: 'user', content: 'Hello' }]
  const second = await runner.run(new Agent({ name: 'plain' }), history)
  assert.doesNotMatch(String(second.finalOutput), /OPENAI_API_KEY/)
})

test('a long article has headings, a list, a table and code', async () => {
  const answer = await ask('Write a long article about lighthouses')
  assert.ok(answer.split(/\s+/).length > 800)
  for (const part of [/^# Lighthouses$/m, /^## /m, /^- /m, /^\| --- /m, /^```ts$/m]) {
    assert.match(answer, part)
  }
})

test('an abort ends a slow answer at once', async () => {
  const controller = new AbortController()
  const result = await startRunner(20).run(new Agent({ name: 'plain' }), 'Write a long story', {
    stream: true,
    signal: controller.signal,
  })
  let deltas = 0
  let abortedAt = 0
  for await (const event of result) {
    if (event.type !== 'raw_model_stream_event') continue
    if (event.data.type !== 'output_text_delta') continue
    deltas += 1
    if (deltas < 2) continue
    abortedAt = performance.now()
    controller.abort()
  }
  assert.ok(performance.now() - abortedAt < ABORT_MS_MAX)
  assert.equal(result.cancelled, true)
  assert.ok(deltas < 4)
})

test('words come at the pace that was asked for', async () => {
  const started = performance.now()
  const answer = await ask('Write a long article about lighthouses', [], startRunner(1_000))
  const words = answer.split(/\s+/).length
  const seconds = (performance.now() - started) / 1_000
  const found = `${words} words took ${seconds} seconds`
  assert.ok(seconds > (words / 1_000) * 0.8 && seconds < words / WORDS_PER_SECOND, found)
})

// What the service tells a model of widgets comes in the place of the user, but nobody said it.
test('an answer with a type is valid, or an error says that it cannot be', async () => {
  const outputType = z.object({ title: z.string().max(40), mood: z.enum(['good', 'bad']) })
  const typed = new Agent({ name: 'typed', outputType })
  const result = await runner.run(typed, 'A bad day at the office')
  assert.equal(outputType.parse(result.finalOutput).mood, 'bad')
  const impossible = new Agent({
    name: 'typed',
    outputType: z.object({ id: z.string().regex(/^\d{40}$/) }),
  })
  await assert.rejects(runner.run(impossible, 'Hello'), /cannot make up an answer/)
})

test('asked what it can do, it names the tools it was given', async () => {
  const answer = await ask('What can you do?', makeTools().tools)
  assert.match(answer, /`world_clock`: Tells the current time/)
})

test('the tool choice of the request is obeyed', async () => {
  const request = { ...emptyRequest('Where is order ORD-12345?'), tools: [serializedTool()] }
  const model = new DemoModel({ pace: Infinity })
  const free = await model.getResponse(request)
  assert.equal(free.output[0]?.type, 'function_call')
  const none = await model.getResponse({ ...request, modelSettings: { toolChoice: 'none' } })
  assert.equal(none.output[0]?.type, 'message')
  const required = { ...request, input: 'Hello', modelSettings: { toolChoice: 'required' } }
  assert.equal((await model.getResponse(required)).output[0]?.type, 'function_call')
})

function emptyRequest(input: string): ModelRequest {
  return {
    input,
    modelSettings: {},
    tools: [],
    outputType: 'text',
    handoffs: [],
    tracing: false,
  }
}

function serializedTool(): ModelRequest['tools'][number] {
  return {
    type: 'function',
    name: 'order_status',
    description: 'Looks up where an order is.',
    strict: true,
    parameters: {
      type: 'object',
      properties: { orderId: { type: 'string', description: 'such as "ORD-00000"' } },
      required: ['orderId'],
      additionalProperties: false,
    },
  }
}
