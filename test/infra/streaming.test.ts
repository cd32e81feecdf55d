import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contradictionsOf, Streaming, type StreamingInput } from '../../infra/streaming.ts'
import { settingsOf } from './synthesized.ts'

const production = settingsOf('prod').streaming

test('production has the numbers that were measured for it', () => {
  const { idle, drain, stop, environment } = new Streaming(production)
  assert.deepEqual([idle.toSeconds(), drain.toSeconds(), stop.toSeconds()], [120, 900, 120])
  assert.deepEqual(environment, {
    HEARTBEAT_SECONDS: '15',
    KEEP_ALIVE_SECONDS: '125',
    HEADERS_TIMEOUT_SECONDS: '60',
    REQUEST_TIMEOUT_SECONDS: '60',
    STREAM_SECONDS_MAX: '840',
    SHUTDOWN_SECONDS: '110',
  })
})

// A balancer that reuses a socket which Node has just closed answers 502.
test('Node keeps a connection longer than the balancer, whatever the idle time-out', () => {
  for (const idleSeconds of [30, 60, 120, 600, 3600]) {
    const { idle, environment } = new Streaming({ ...production, idleSeconds })
    const keepAlive = Number(environment['KEEP_ALIVE_SECONDS'])
    assert.ok(keepAlive > idle.toSeconds())
  }
})

test('the service has to end before it is killed', () => {
  for (const stopSeconds of [20, 60, 120]) {
    const { stop, environment } = new Streaming({ ...production, stopSeconds })
    assert.equal(Number(environment['SHUTDOWN_SECONDS']), stop.toSeconds() - 10)
  }
})

const contradictions: [string, Partial<StreamingInput>, keyof StreamingInput][] = [
  ['a heartbeat as slow as the idle time-out', { heartbeatSeconds: 120 }, 'heartbeatSeconds'],
  ['a heartbeat of which one may not be late', { heartbeatSeconds: 61 }, 'heartbeatSeconds'],
  ['no heartbeat', { heartbeatSeconds: 0 }, 'heartbeatSeconds'],
  ['more patience than the longest drain', { idleSeconds: 3601 }, 'idleSeconds'],
  ['answers that a deployment would cut', { drainSeconds: 840 }, 'drainSeconds'],
  ['a drain longer than a balancer allows', { drainSeconds: 3601 }, 'drainSeconds'],
  ['a stop longer than Fargate allows', { stopSeconds: 121 }, 'stopSeconds'],
  ['a stop too short for the service to end', { stopSeconds: 10 }, 'stopSeconds'],
  ['answers shorter than a request may take', { streamSecondsMax: 60 }, 'streamSecondsMax'],
]

for (const [what, change, setting] of contradictions) {
  test(`refused at synth: ${what}`, () => {
    const input = { ...production, ...change }
    assert.deepEqual(
      contradictionsOf(input).map((contradiction) => contradiction.setting),
      [setting],
    )
    assert.throws(() => new Streaming(input), new RegExp(`^Error: ${setting} must be `))
  })
}

test('an environment may say that its deployments cut answers', () => {
  const input = { ...production, drainSeconds: 30, drainCutsStreams: true }
  assert.equal(new Streaming(input).drain.toSeconds(), 30)
})
