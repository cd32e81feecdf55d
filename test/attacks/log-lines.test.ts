import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { LogBuffer } from '../support/log-buffer.ts'
import { sayWhole, scripted } from '../support/scripted-application.ts'
import { alice, bob, startService } from '../support/service.ts'

// Whoever is called at night has nothing but these lines to find out what one user has seen.
test('each request and each run is one line, with ids, times and tokens', async (t) => {
  const buffer = new LogBuffer()
  const application = scripted(async (chat) => {
    chat.addUsage({ inputTokens: 11, outputTokens: 7 })
    chat.addUsage({ inputTokens: 1, outputTokens: 1 })
    await sayWhole(chat, 'Hello')
  })
  const service = await startService(t, { replacements: { application, log: buffer.log } })
  const client = await service.as(alice)
  const { threadId } = await client.say('Hi')
  const foreign = await (await service.as(bob)).post('threads.get_by_id', { thread_id: threadId })
  const stranger = await fetch(`${service.url}/chatkit`, { method: 'POST' })
  await eventually(() => buffer.lines('request').length === 3)

  const [created, refused, unknown] = buffer.lines('request')
  const base = {
    level: 'info',
    pid: process.pid,
    msg: 'request',
    method: 'POST',
    route: '/chatkit',
  }
  assert.partialDeepStrictEqual(withoutTimes(created), {
    ...base,
    request: created?.['request'],
    operation: 'threads.create',
    user: 'alice',
    org: 'acme',
    status: 200,
  })
  assert.partialDeepStrictEqual(withoutTimes(refused), {
    ...base,
    request: foreign.headers.get('x-request-id'),
    operation: 'threads.get_by_id',
    user: 'bob',
    org: 'acme',
    status: 404,
  })
  assert.partialDeepStrictEqual(withoutTimes(unknown), {
    ...base,
    request: stranger.headers.get('x-request-id'),
    status: 401,
  })
  const [run, ...others] = buffer.lines('run ended')
  assert.deepEqual(others, [])
  assert.match(String(run?.['run']), /^run_/)
  assert.partialDeepStrictEqual(withoutTimes(run), {
    level: 'info',
    pid: process.pid,
    msg: 'run ended',
    run: run?.['run'],
    thread: threadId,
    request: created?.['request'],
    operation: 'threads.create',
    outcome: 'done',
    events: 6,
    inputTokens: 12,
    outputTokens: 8,
  })
})

/** A line without its times, of which only the kind can be known. */
function withoutTimes(line: object = {}): object {
  const { time, durationMs, ...rest }: { time?: unknown; durationMs?: unknown } = { ...line }
  assert.match(String(time), /^\d{4}-\d\d-\d\dT.*Z$/)
  assert.ok(typeof durationMs === 'number' && durationMs >= 0 && durationMs < 60_000)
  return rest
}
