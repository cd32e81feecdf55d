import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Canary } from '../support/canary.ts'
import { ChatClient, input } from '../support/chat-client.ts'
import { createDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { query } from '../support/query.ts'
import { ServiceProcess } from '../support/service-process.ts'
import { alice, tokenOf } from '../support/service.ts'
import { completed, started, startUpstream, textAnswer } from '../support/upstream.ts'
import type { UpstreamStep } from '../support/upstream.ts'

/** A call of a tool, with arguments that may be no JSON at all. */
function toolCall(name: string, args: string): UpstreamStep[] {
  const call = { id: 'fc_1', type: 'function_call', call_id: 'call_1', name, status: 'completed' }
  const item = { ...call, arguments: args }
  return [
    started(),
    { type: 'response.output_item.done', output_index: 0, item },
    completed([item]),
  ]
}

// Libraries print to the process's outputs past every log; what they print is kept as well.
test('a production process prints nothing of a conversation, a key or a failure', async (t) => {
  const canary = new Canary()
  const { word, text } = canary
  const databaseUrl = await createDatabase(t)
  const failure = { error: { message: text, code: word, type: word, param: text } }
  const answers: readonly (readonly UpstreamStep[])[] = [
    textAnswer([text, word]),
    toolCall('world_clock', `{"zones": ["${word}"`),
    [{ $status: 400, body: failure }],
    toolCall(word, `{"${word}":"${word}"}`),
    [{ $status: 401, body: text }],
    [...textAnswer([text]).slice(0, 4), { type: 'error', code: word, message: text, param: null }],
    [...textAnswer([text]).slice(0, 4), { type: word, [word]: text }, { $cut: true }],
    [started(), completed([{ id: 'x', type: word, [word]: text }])],
  ]
  const upstream = await startUpstream(t, answers)
  const service = await ServiceProcess.start(t, {
    DATABASE_URL: databaseUrl,
    OPENAI_API_KEY: `sk-${word}`,
    OPENAI_BASE_URL: upstream.url,
    LOG_LEVEL: 'debug',
    SHUTDOWN_SECONDS: '1',
  })
  const client = new ChatClient(service.url, await tokenOf(alice))
  for (let asked = 0; upstream.calls.length < answers.length; asked += 1) {
    assert.ok(asked < answers.length)
    await client.say(`${text} ${asked}`)
  }
  await query(databaseUrl, `alter table threads rename to ${word}`)
  const broken = await client.send('threads.create', { input: input(text) })
  const answer = await broken.text()
  assert.match(answer, /"internal"|"stream.error"/)
  assert.deepEqual(canary.findIn(answer), [])
  await eventually(() => /the statement \w+ failed/.test(service.output))
  assert.equal(await service.stop(), 0)
  assert.match(service.output, /"msg":"run ended"/)
  assert.deepEqual(canary.findIn(service.output), [])
})
