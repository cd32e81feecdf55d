import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Agent, tool } from '@openai/agents'
import type { RunContext } from '@openai/agents'
import { z } from 'zod'
import { author as exampleAuthor } from '../../service/agent/author.ts'
import type { AgentChat } from '../../service/protocol/author.ts'
import { startAuthored } from '../support/authored.ts'
import { scripted } from '../support/scripted-application.ts'
import { alice, startService } from '../support/service.ts'
import { functionCall, message, response } from '../support/upstream-items.ts'

/** A tool of the browser. */
function browserTool(name: string) {
  return tool({
    name,
    description: name,
    parameters: z.object({}),
    errorFunction: (_context: RunContext<AgentChat>, error: unknown) => String(error),
    execute: (_input, context?: RunContext<AgentChat>, details?) => {
      const callId = details?.toolCall?.callId
      context?.context.callBrowser({ name, arguments: {}, callId })
      return 'asked'
    },
  })
}

test('of two tools of the browser one is run, and the model is told of the other', async (t) => {
  const tools = [browserTool('theme'), browserTool('zone')]
  const agent = new Agent<AgentChat>({
    name: 'asking',
    tools,
    toolUseBehavior: { stopAtToolNames: ['theme', 'zone'] },
  })
  const author = {
    respond: async (chat: AgentChat) => {
      await chat.addTask({ type: 'custom', title: 'Asking' })
      await chat.answerWith(agent)
    },
  }
  const { client, upstream } = await startAuthored(t, author, [
    response(functionCall('theme'), functionCall('zone')),
    response(message('Dark. And now the zone.')),
  ])
  const { threadId, events } = await client.say('Dark, and where am I?')
  const last = events.at(-1)
  assert.ok(last?.type === 'thread.item.done' && last.item.type === 'client_tool_call')
  assert.equal(last.item.name, 'theme')
  const params = { thread_id: threadId, result: 'dark' }
  const stream = client.stream('threads.add_client_tool_output', params)
  await client.hear(stream, threadId)
  const told = JSON.stringify(upstream.calls[1]?.body.input)
  assert.match(told, /calls were not made: zone\..*function_call_output.*dark/)
})

test('a model that goes on hears it from its tool', async (t) => {
  const agent = new Agent<AgentChat>({
    name: 'asking',
    tools: [browserTool('theme'), browserTool('zone')],
  })
  const author = { respond: (chat: AgentChat) => chat.answerWith(agent) }
  const { client, upstream } = await startAuthored(t, author, [
    response(functionCall('theme'), functionCall('zone')),
    response(message('One after the other.')),
  ])
  await client.say('Dark, and where am I?')
  assert.match(JSON.stringify(upstream.calls[1]?.body.input), /runs one tool in an answer/)
})

test('an application that is not made of agents is told the same', async (t) => {
  const application = scripted(async (chat) => {
    chat.callBrowser({ name: 'theme', arguments: {} })
    assert.throws(() => chat.callBrowser({ name: 'zone', arguments: {} }), /one tool in an answer/)
  })
  const service = await startService(t, { replacements: { application } })
  const last = (await (await service.as(alice)).say('Go')).events.at(-1)
  assert.ok(last?.type === 'thread.item.done' && last.item.type === 'client_tool_call')
  assert.equal(last.item.name, 'theme')
})

/** A tool that asks the browser, if it is the first one, without saying for which call. */
function asking(name: string) {
  return tool({
    name,
    description: name,
    parameters: z.object({}),
    execute: (_input, context?: RunContext<AgentChat>) => {
      if (name === 'first') context?.context.callBrowser({ name, arguments: {} })
      return 'asked'
    },
  })
}

test('the browser is asked at the end, for the call whose tool has asked', async (t) => {
  const agent = new Agent<AgentChat>({
    name: 'asking',
    tools: [asking('first'), asking('second')],
    toolUseBehavior: { stopAtToolNames: ['first'] },
  })
  const author = { respond: (chat: AgentChat) => chat.answerWith(agent) }
  const { client } = await startAuthored(t, author, [
    response(functionCall('first'), functionCall('second')),
  ])
  const last = (await client.say('Ask')).events.at(-1)
  assert.ok(last?.type === 'thread.item.done' && last.item.type === 'client_tool_call')
  assert.equal(last.item.call_id, 'call_first_0')
})

test('the example asks its model for one call at a time', async (t) => {
  const { client, upstream } = await startAuthored(t, exampleAuthor, [response(message('Hello.'))])
  await client.say('Hello')
  assert.equal(upstream.calls[0]?.body['parallel_tool_calls'], false)
})
