import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Agent, tool } from '@openai/agents'
import { z } from 'zod'
import { modelInputOf } from '../support/model-input.ts'
import { ask, makeTools, runner } from './demo-agent.ts'

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

test('only places that the text names are asked about', async () => {
  const { tools, calls } = makeTools()
  const zonesFor = async (text: string) => {
    calls.length = 0
    await ask(text, tools)
    return calls[0]?.input
  }
  const named = { zones: ['Asia/Tokyo', 'Europe/Paris'], hour12: null }
  assert.deepEqual(await zonesFor('What time is it in Asia/Tokyo and Europe/Paris?'), named)
  assert.deepEqual(await zonesFor('what time is it in tokyo and paris?'), named)
  // "Center" and "Wake" are zones as well.
  assert.deepEqual(await zonesFor('I wake at the center of Oslo. What is the current time?'), {
    zones: ['Europe/Oslo'],
    hour12: null,
  })
})

test('one tool is called for a question, and several if several are asked for', async () => {
  const cases: readonly [string, readonly string[]][] = [
    ['What time is it in Tokyo and Paris?', ['world_clock']],
    ['What is the weather in Paris? Where is order ORD-12345?', ['order_status', 'get_weather']],
    ['Convert 5 CHF to JPY, then tell me the time in Oslo', ['convert_currency', 'world_clock']],
    ['Use get_weather and world_clock', ['get_weather', 'world_clock']],
  ]
  for (const [text, names] of cases) {
    const { tools, calls } = makeTools()
    await ask(text, tools)
    assert.deepEqual(calls.map(({ name }) => name).toSorted(), names.toSorted(), text)
  }
})

test('a widget that the user was shown is nothing that the user said', async () => {
  const { tools, calls } = makeTools()
  const item = { thread_id: 'thr_1', created_at: '2026-01-01T00:00:00Z' }
  const question = 'What is the current time in Oslo? Where is order ORD-12345?'
  const input = await modelInputOf([
    {
      ...item,
      type: 'user_message',
      id: 'msg_1',
      content: [{ type: 'input_text', text: question }],
      attachments: [],
      inference_options: {},
    },
    {
      ...item,
      type: 'widget',
      id: 'wdg_1',
      widget: { type: 'Card', children: [{ type: 'Text', value: 'The weather in Rome' }] },
    },
    {
      ...item,
      type: 'client_tool_call',
      id: 'tc_1',
      status: 'completed',
      call_id: 'call_1',
      name: 'order_status',
      arguments: {},
      output: { status: 'shipped' },
    },
  ])
  const result = await runner.run(new Agent({ name: 'plain', tools }), input)
  assert.deepEqual(calls, [], 'the widget is what a call of world_clock has left')
  assert.match(String(result.finalOutput), /\*\*Status:\*\* shipped/)
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

test('what the user said is not said again, and neither is all that a tool knows', async () => {
  const places = ['Oslo', 'Rome'].map((place, rank) => ({ place, rank, score: 1, sky: 'blue' }))
  const answers: Record<string, unknown> = {
    list: { moment: '2026-01-02T03:04:05.678Z', places },
    echo: { theme: 'dark' },
    fields: { timeZone: 'Europe/Oslo', at: '2026-01-02T03:04:05Z', deep: [[{ a: 1 }]] },
  }
  const input = z.object({ theme: z.literal('dark') })
  const tools = Object.entries(answers).map(([name, answer]) =>
    tool({ name, description: '', parameters: input, execute: () => answer }),
  )
  const say = async (name: string) => {
    const call = tools.filter((each) => each.name === name)
    return (await ask(`Please ${name}`, call)).split('\n\nI am the')[0]
  }
  assert.equal(
    await say('list'),
    'Here is what `list` says:\n\n' +
      '| Place | Rank | Score |\n| --- | --- | --- |\n| Oslo | 0 | 1 |\n| Rome | 1 | 1 |',
  )
  assert.equal(await say('echo'), '`echo` has done its work: **dark**.')
  assert.match(
    (await say('fields')) ?? '',
    /- \*\*Time zone:\*\* Europe\/Oslo\n- \*\*At:\*\* Jan 2, 2026/,
  )
})
