import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Agent, Runner, tool } from '@openai/agents'
import { z } from 'zod'
import { explainToModel } from '../../service/agent/tools/explain-to-model.ts'
import { authoredApplication } from '../../service/bridge/authored-application.ts'
import { DemoModelProvider } from '../../service/local/demo-model.ts'
import type { AgentChat } from '../../service/protocol/author.ts'
import { LogBuffer } from '../support/log-buffer.ts'
import { alice, startService } from '../support/service.ts'

// Neither the model nor the user learns of it, so whoever runs the service has to.
test('a tool that fails is in the log with its place, and the answer goes on', async (t) => {
  const broken = tool({
    name: 'stock_level',
    description: 'Says how many pieces of an article are in stock.',
    parameters: z.object({}),
    errorFunction: explainToModel,
    execute: () => Promise.reject(new Error('the warehouse at 10.0.0.7 is closed')),
  })
  const agent = new Agent<AgentChat>({ name: 'clerk', tools: [broken] })
  const runner = new Runner({
    modelProvider: new DemoModelProvider({ pace: Infinity }),
    tracingDisabled: true,
  })
  const application = authoredApplication({
    author: { respond: (chat) => chat.answerWith(agent) },
    runner,
    silenceMs: 5_000,
  })
  const buffer = new LogBuffer()
  const service = await startService(t, { replacements: { application, log: buffer.log } })
  const { text, events } = await (await service.as(alice)).say('Please use stock_level')
  assert.ok(text.includes('stock_level'), text)
  assert.ok(!JSON.stringify(events).includes('10.0.0.7'))
  const [line] = buffer.lines('a part of an answer failed')
  assert.match(JSON.stringify(line), /failing-tool\.test\.ts:\d+/)
})
