import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { LLMock } from '@copilotkit/aimock'
import { alice, startService } from '../support/service.ts'

async function startMock(t: TestContext): Promise<LLMock> {
  const mock = new LLMock({ port: 0 })
  await mock.start()
  t.after(() => mock.stop())
  return mock
}

function openAi(mock: LLMock) {
  return {
    environment: { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: `${mock.url}/v1` },
    replacements: { modelProvider: undefined },
  }
}

// A server that somebody else wrote: what we read out of the protocol is not only our own reading.
test('an OpenAI-compatible server answers through OPENAI_BASE_URL', async (t) => {
  const mock = await startMock(t)
  mock.onMessage('hello', { content: 'Hi there, this is a text of several words.' })
  const service = await startService(t, openAi(mock))
  const client = await service.as(alice)
  const said = await client.say('hello')
  assert.equal(said.text, 'Hi there, this is a text of several words.')
  const deltas = said.events.flatMap((event) =>
    event.type === 'thread.item.updated' && 'delta' in event.update ? [event.update.delta] : [],
  )
  assert.equal(deltas.join(''), said.text, 'no delta is lost and none comes twice')
  assert.ok(deltas.length > 1)
  const stored = await client.listItems(said.threadId, { limit: 1 })
  assert.ok(stored.data[0]?.type === 'assistant_message')
  assert.equal(stored.data[0].content[0]?.text, said.text)
})

test('it calls the tools of the agent and goes on with what they return', async (t) => {
  const mock = await startMock(t)
  mock.on(
    { userMessage: 'time', hasToolResult: false },
    {
      toolCalls: [
        { name: 'world_clock', arguments: '{"zones":["Asia/Tokyo"],"at":"2026-01-01T00:00:00Z"}' },
      ],
    },
  )
  mock.on({ userMessage: 'time', hasToolResult: true }, { content: 'It is nine in Tokyo.' })
  const service = await startService(t, openAi(mock))
  const said = await (await service.as(alice)).say('time')
  assert.equal(said.text, 'It is nine in Tokyo.')
  const widget = said.events.find(
    (event) => event.type === 'thread.item.done' && event.item.type === 'widget',
  )
  assert.match(JSON.stringify(widget), /Tokyo.*9:00/)
})
