import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Agent, Runner, tool } from '@openai/agents'
import type { AgentInputItem, ModelRequest, Tool } from '@openai/agents'
import { z } from 'zod'
import { DemoModel, DemoModelProvider } from '../../service/local/demo-model.ts'

const runner = startRunner(Infinity)

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
  assert.ok(performance.now() - abortedAt < 100)
  assert.equal(result.cancelled, true)
  assert.ok(deltas < 4)
})

test('words come at the pace that was asked for', async () => {
  const started = performance.now()
  const answer = await ask('Hello', [], startRunner(500))
  const words = answer.split(/\s+/).length
  const seconds = (performance.now() - started) / 1_000
  assert.ok(seconds > (words / 500) * 0.8 && seconds < 2, `${words} words took ${seconds} seconds`)
})

test('arguments come from the text: patterns, numbers, choices and names', async () => {
  const cases: readonly [string, string, unknown][] = [
    ['Where is my order ord-12345?', 'order_status', { orderId: 'ORD-12345' }],
    ['Convert 12.5 CHF to JPY', 'convert_currency', { amount: 12.5, from: 'CHF', to: 'JPY' }],
    [
      'What time is it in Tokyo and New York?',
      'world_clock',
      { zones: ['Asia/Tokyo', 'America/New_York'], hour12: null },
    ],
    ['Weather in Paris in fahrenheit?', 'get_weather', { city: 'Paris', unit: 'fahrenheit' }],
    ['Please use get_weather', 'get_weather', { city: 'Berlin', unit: null }],
  ]
  for (const [text, name, expected] of cases) {
    const shelf = makeTools()
    const answer = await ask(text, shelf.tools)
    assert.deepEqual(shelf.calls, [{ name, input: expected }], text)
    assert.match(answer, new RegExp(`\`${name}\``))
  }
})

test('text that has nothing to do with a tool calls none', async () => {
  const { tools, calls } = makeTools()
  for (const text of [
    'Hello',
    'Tell me a joke about cats',
    'I had a light lunch in the city with friends',
    'Write a poem about the order of time',
    'What do you think of New York?',
  ]) {
    await ask(text, tools)
  }
  assert.deepEqual(calls, [])
})

test('a tool is called once per message, and again for the next one', async () => {
  const { tools, calls } = makeTools()
  const agent = new Agent({ name: 'clerk', tools })
  const first = await runner.run(agent, 'Where is order ORD-11111?')
  assert.equal(calls.length, 1)
  await runner.run(agent, [...first.history, { role: 'user', content: 'And order ORD-22222?' }])
  assert.deepEqual(calls[1], { name: 'order_status', input: { orderId: 'ORD-22222' } })
})

test('a tool whose arguments cannot be found is not called, not even by name', async () => {
  let called = false
  const parameters = z.object({ code: z.string().regex(/^[0-9a-f]{32}$/) })
  const redeem = tool({
    name: 'redeem_voucher',
    description: 'Redeems a voucher.',
    parameters,
    execute: () => (called = true),
  })
  const answer = await ask('redeem_voucher for my voucher', [redeem])
  assert.equal(called, false)
  assert.match(answer, /redeem/)
})

test('a result becomes a list, and a list of objects a table', async () => {
  const { tools } = makeTools()
  const list = await ask('Where is my order ORD-12345?', tools)
  assert.match(list, /^- \*\*Status:\*\* shipped$/m)
  const table = await ask('What time is it in Oslo?', tools)
  assert.match(table, /^\| Zone \| Time \|\n\| --- \| --- \|\n\| Europe\/Oslo \| 12:00 \|$/m)
})

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

function startRunner(pace: number): Runner {
  return new Runner({ modelProvider: new DemoModelProvider({ pace }), tracingDisabled: true })
}

async function ask(text: string, tools: Tool[] = [], through = runner): Promise<string> {
  const result = await through.run(new Agent({ name: 'plain', tools }), text)
  return String(result.finalOutput)
}

interface Call {
  readonly name: string
  readonly input: unknown
}

/** Tools like those a team might write, which remember their calls. */
function makeTools(): { readonly tools: Tool[]; readonly calls: Call[] } {
  const calls: Call[] = []
  const recorded = (name: string) => (input: unknown) => void calls.push({ name, input })
  const weather = z.object({
    city: z.string().describe('for example "Berlin"'),
    unit: z.enum(['celsius', 'fahrenheit']).nullable(),
  })
  const currency = z.string().regex(/^[A-Z]{3}$/)
  const order = z.object({ orderId: z.string().regex(/^ORD-\d{5}$/) })
  const zones = z
    .array(z.string().regex(/^\w+(\/\w+)*$/))
    .min(1)
    .max(4)
  const tools = [
    tool({
      name: 'get_weather',
      description: 'Tells the current weather of a city.',
      parameters: weather,
      execute: recorded('get_weather'),
    }),
    tool({
      name: 'convert_currency',
      description: 'Converts an amount of money.',
      parameters: z.object({ amount: z.number().positive(), from: currency, to: currency }),
      execute: recorded('convert_currency'),
    }),
    tool({
      name: 'order_status',
      description: 'Looks up where an order is.',
      parameters: order,
      execute: (input) => {
        recorded('order_status')(input)
        return { ...input, status: 'shipped' }
      },
    }),
    tool({
      name: 'world_clock',
      description: 'Tells the current time in one or more places of the world.',
      parameters: z.object({
        zones: zones.describe('IANA time zones, for example "Asia/Tokyo"'),
        hour12: z.boolean().nullable(),
      }),
      execute: (input) => {
        recorded('world_clock')(input)
        return input.zones.map((zone) => ({ zone, time: '12:00' }))
      },
    }),
  ]
  return { tools, calls }
}

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
