import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { Model, StreamEvent } from '@openai/agents'
import { outline } from '../support/authored.ts'
import { alice, startService } from '../support/service.ts'

type Output = Extract<StreamEvent, { type: 'response_done' }>['response']['output']

const usage = { inputTokens: 1, outputTokens: 1, totalTokens: 2 }

/** A model of somebody else: the SDK gives its text, and in the end the whole of its answer. */
async function sayTo(t: TestContext, deltas: readonly string[], output: Output) {
  const model: Model = {
    getResponse: () => Promise.reject(new Error('answers are streamed')),
    async *getStreamedResponse() {
      yield { type: 'response_started' }
      for (const delta of deltas) yield { type: 'output_text_delta', delta }
      yield { type: 'response_done', response: { id: 'r', output, usage } }
    },
  }
  const modelProvider = { getModel: () => model }
  const service = await startService(t, { replacements: { modelProvider } })
  return await (await service.as(alice)).say('Hello')
}

function message(text: string): Output[number] {
  const content = [{ type: 'output_text' as const, text }]
  return { type: 'message', role: 'assistant', status: 'completed', content }
}

function reasoning(...thoughts: readonly string[]): Output[number] {
  return {
    type: 'reasoning',
    content: thoughts.map((text) => ({ type: 'input_text' as const, text })),
    rawContent: [{ type: 'reasoning_text', text: 'SECRET scratch' }],
  }
}

test('a model without raw events is shown as it speaks', async (t) => {
  const { events, text } = await sayTo(t, ['Hel', 'lo.'], [message('Hello.')])
  assert.equal(text, 'Hello.')
  assert.deepEqual(outline(events).filter((line) => line.includes('delta')).length, 2)
})

test('its thoughts are shown before what it says, and not what it scribbles', async (t) => {
  const { events } = await sayTo(t, [], [reasoning('Hm.', 'I see.'), message('Hello.')])
  const lines = outline(events).filter((line) => line !== 'thread.updated')
  assert.deepEqual(lines.slice(0, 5), [
    'added workflow',
    'workflow.task.added',
    'workflow.task.added',
    'done workflow',
    'added assistant_message',
  ])
  assert.ok(!JSON.stringify(events).includes('SECRET'))
})
