import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, tool } from '@openai/agents'
import type { RunContext } from '@openai/agents'
import { z } from 'zod'
import type { AgentChat, Author } from '../../service/protocol/author.ts'
import type { ThreadStreamEvent } from '../../service/protocol/events.ts'
import type { ThreadItemInput } from '../../service/protocol/items.ts'
import { outline, plainAgent, plainAuthor, startAuthored } from '../support/authored.ts'
import { query } from '../support/query.ts'
import {
  beginning,
  functionCall,
  image,
  message,
  response,
  thoughts,
} from '../support/upstream-items.ts'

const STREAM_ERROR = { type: 'error', code: 'stream.error', allow_retry: true }
const card = { type: 'Card', children: [{ type: 'Text', value: 'Result' }] } as const

async function* growing() {
  yield card
}

/** An agent with one tool, which does what a test says. */
function agentWith(work: (chat: AgentChat, callId: string | undefined) => Promise<void>) {
  const act = tool({
    name: 'act',
    description: 'Does something.',
    parameters: z.object({}),
    execute: async (_input, context?: RunContext<AgentChat>, details?) => {
      if (context) await work(context.context, details?.toolCall?.callId)
      return 'done'
    },
  })
  return new Agent<AgentChat>({ name: 'acting', tools: [act] })
}

function workflowIn(events: readonly ThreadStreamEvent[]) {
  const [workflow] = events.flatMap((event) =>
    event.type === 'thread.item.done' && event.item.type === 'workflow'
      ? [event.item.workflow]
      : [],
  )
  return workflow
}

test('what a tool says ends its workflow, whichever way it says it', async (t) => {
  const ways: readonly ((chat: AgentChat) => Promise<void>)[] = [
    (chat) => chat.say('Said.'),
    (chat) => chat.showWidget(card),
    (chat) => chat.ask([{ type: 'freeform', id: 'q', question: 'Which?' }]),
    (chat) => chat.showWidget(growing()),
  ]
  for (const way of ways) {
    const agent = agentWith(async (chat) => {
      await chat.addTask({ type: 'custom', title: 'Looking' })
      await chat.showProgress('Still looking')
      await way(chat)
    })
    const author = { respond: (chat: AgentChat) => chat.answerWith(agent) }
    const { client } = await startAuthored(t, author, [
      response(functionCall('act')),
      response(message('Done.')),
    ])
    const lines = outline((await client.say('Go')).events)
    assert.deepEqual(lines.slice(0, 3), ['added workflow', 'progress_update', 'done workflow'])
  }
})

test('two tools at work at the same time share the workflow', async (t) => {
  const agent = agentWith((chat, callId) => chat.addTask({ type: 'custom', title: callId }))
  const author = { respond: (chat: AgentChat) => chat.answerWith(agent) }
  const { client } = await startAuthored(t, author, [
    response(functionCall('act'), functionCall('act')),
    response(message('Done.')),
  ])
  const { events } = await client.say('Go')
  const titles = workflowIn(events)?.tasks.map(({ title }) => title)
  assert.deepEqual(titles?.toSorted(), ['call_act_0', 'call_act_1'])
})

test('a workflow that the application sends by itself is the open one, with what it adds to it', async (t) => {
  const author: Author = {
    respond: async (chat) => {
      const item = { id: 'wf_own', thread_id: chat.thread.id, created_at: new Date().toISOString() }
      const workflow = { type: 'custom', tasks: [{ type: 'custom', title: 'One' }] } as const
      await chat.send({
        type: 'thread.item.added',
        item: { ...item, type: 'workflow', workflow: { ...workflow, tasks: [...workflow.tasks] } },
      })
      const task = { type: 'custom', status_indicator: 'none', title: 'Two' } as const
      const update = { type: 'workflow.task.added', task_index: 1, task } as const
      await chat.send({ type: 'thread.item.updated', item_id: 'wf_own', update })
      await chat.addTask({ type: 'custom', title: 'Three' })
      await chat.answerWith(plainAgent)
    },
  }
  const { client } = await startAuthored(t, author, [response(message('Done.'))])
  const { events } = await client.say('Go')
  assert.deepEqual(
    workflowIn(events)?.tasks.map(({ title }) => title),
    ['One', 'Two', 'Three'],
  )
})

test('a workflow without steps is nothing to see until it ends', async (t) => {
  const author: Author = {
    respond: async (chat) => {
      await chat.startWorkflow({ type: 'custom' })
      await chat.showProgress('Waiting')
      await chat.startWorkflow({ type: 'reasoning' })
      await chat.say('Done.')
    },
  }
  const { client } = await startAuthored(t, author, [])
  assert.deepEqual(outline((await client.say('Go')).events), [
    'progress_update',
    'done workflow',
    'added workflow',
    'done workflow',
    'done assistant_message',
  ])
})

test('a step that does not exist cannot be changed, and the author is told what there is', async (t) => {
  const author: Author = {
    respond: async (chat) => {
      await assert.rejects(chat.updateTask(0, { type: 'image' }), /no workflow is open/)
      await chat.addTask({ type: 'image' })
      await assert.rejects(chat.updateTask(1, { type: 'image' }), /no task 1: it has 1/)
      await chat.endWorkflow({ summary: { title: 'Over' } })
    },
  }
  const { client } = await startAuthored(t, author, [])
  const { events } = await client.say('Go')
  assert.deepEqual(workflowIn(events)?.summary, { title: 'Over' })
})

test('when the answer fails, work that was shown is ended and what is unfinished is taken back', async (t) => {
  const failing = { type: 'error', code: 'server_error', message: 'SECRET', param: null }
  const { client } = await startAuthored(t, plainAuthor, [
    [...beginning(thoughts('Hm.'), image('QQ==', 'QQ==')).slice(0, -1), failing],
  ])
  const { events, threadId } = await client.say('Draw')
  assert.deepEqual(outline(events).slice(-3), ['done workflow', 'removed generated_image', 'error'])
  assert.deepEqual(events.at(-1), STREAM_ERROR)
  const stored = await client.listItems(threadId)
  assert.deepEqual(
    stored.data.map(({ type }) => type),
    ['workflow', 'user_message'],
  )
})

test('an agent that cannot be shown any more does nothing more', async (t) => {
  let acted = 0
  const agent = agentWith(async () => {
    acted += 1
  })
  const author: Author = {
    respond: (chat) => chat.answerWith(agent),
    converters: { imageUrl: () => Promise.reject(new Error('SECRET: the bucket is full')) },
  }
  const { client, upstream } = await startAuthored(t, author, [
    [...beginning(image('QQ==')), { $pauseMs: 100 }, ...response(functionCall('act')).slice(1)],
  ])
  const { events } = await client.say('Draw')
  assert.deepEqual(outline(events), ['added generated_image', 'removed generated_image', 'error'])
  assert.deepEqual(events.at(-1), STREAM_ERROR)
  await sleep(300)
  assert.equal(acted, 0)
  assert.equal(upstream.calls.length, 1)
})

test('when a guardrail trips, nothing of the answer is left, hidden or not', async (t) => {
  const guarded = agentWith(async (chat) => {
    await chat.showWidget(card)
    await chat.say('A word.')
    const item = { id: 'hid_1', thread_id: chat.thread.id, created_at: new Date().toISOString() }
    const secret = { ...item, type: 'hidden_context_item', content: 'secret' } as const
    await chat.send({ type: 'thread.item.done', item: secret })
    await chat.save({ ...secret, id: 'hid_2' })
    chat.callBrowser({ name: 'act', arguments: {} })
  })
  guarded.outputGuardrails = [
    { name: 'no', execute: async () => ({ tripwireTriggered: true, outputInfo: undefined }) },
  ]
  const author = { respond: (chat: AgentChat) => chat.answerWith(guarded) }
  const { client, service } = await startAuthored(t, author, [
    response(thoughts('Hm.'), functionCall('act')),
    response(image('QQ=='), message('Unsayable.')),
  ])
  const { events } = await client.say('Say it')
  const removed = events.filter((event) => event.type === 'thread.item.removed')
  assert.equal(removed.length, 5, 'the thought, the widget, the word, the image and the message')
  assert.ok(!JSON.stringify(events).includes('hid_1'))
  assert.deepEqual(events.at(-1), STREAM_ERROR)
  const rows = await query(service.databaseUrl, 'select type from items')
  assert.deepEqual(rows, [{ type: 'user_message' }])
})

test('a guardrail leaves what was there before, also if the answer has changed it', async (t) => {
  let card0: ThreadItemInput | undefined
  const guarded = new Agent<AgentChat>({
    name: 'guarded',
    outputGuardrails: [
      { name: 'no', execute: async () => ({ tripwireTriggered: true, outputInfo: undefined }) },
    ],
  })
  const author: Author = {
    respond: async (chat) => {
      if (!card0) return await chat.showWidget(card)
      await chat.save({ ...card0 })
      await chat.answerWith(guarded)
    },
  }
  const { client, service } = await startAuthored(t, author, [response(message('Unsayable.'))])
  const { threadId, events } = await client.say('Show it')
  const shown = events.at(-1)
  assert.ok(shown?.type === 'thread.item.done' && shown.item.type === 'widget')
  card0 = shown.item
  await sleep(5)
  await client.say('Say it', threadId)
  const rows = await query(service.databaseUrl, "select id from items where type = 'widget'")
  assert.deepEqual(rows, [{ id: card0.id }])
})

test('an author may answer with several agents, with input of its own, and within few turns', async (t) => {
  const looping = agentWith(() => Promise.resolve())
  const author: Author = {
    respond: async (chat) => {
      await chat.answerWith(plainAgent, { input: [{ role: 'user', content: 'Something else' }] })
      await chat.answerWith(looping, { turnsMax: 2 })
    },
  }
  const { client, upstream } = await startAuthored(t, author, [
    response(message('First.')),
    response(functionCall('act')),
  ])
  const { events, text } = await client.say('Go')
  assert.equal(text, 'First.')
  assert.deepEqual(events.at(-1), STREAM_ERROR)
  assert.equal(upstream.calls.length, 3)
  assert.deepEqual(upstream.calls[0]?.body.input, [{ role: 'user', content: 'Something else' }])
  assert.match(JSON.stringify(upstream.calls[1]?.body.input), /Go.*First\./)
})

test('what an author does not have is not offered', async (t) => {
  const { client } = await startAuthored(t, plainAuthor, [response(message('Hello.'))])
  const { threadId } = await client.say('Hello')
  const speech = { audio_base64: 'AAAA', mime_type: 'audio/webm' }
  assert.equal((await client.post('input.transcribe', speech)).status, 400)
  const action = { thread_id: threadId, action: { type: 'open' } }
  assert.equal((await client.post('threads.sync_custom_action', action)).status, 400)
})

test("an action answers with agents as well, and may go on with the conversation's last workflow", async (t) => {
  const author: Author = {
    respond: (chat) => chat.addTask({ type: 'custom', title: 'One' }),
    action: async (chat, { type }) => {
      await chat.addTask({ type: 'custom', title: type })
      await chat.answerWith(plainAgent)
    },
  }
  const { client } = await startAuthored(t, author, [response(message('Done.'))])
  const { threadId } = await client.say('Go')
  const params = { thread_id: threadId, action: { type: 'Two' } }
  const { events } = await client.hear(client.stream('threads.custom_action', params), threadId)
  assert.deepEqual(
    workflowIn(events)?.tasks.map(({ title }) => title),
    ['One', 'Two'],
  )
  const { data } = await client.listItems(threadId)
  assert.equal(data.filter(({ type }) => type === 'workflow').length, 1)
})
