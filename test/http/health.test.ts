import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { fastify } from 'fastify'
import { healthRoutes } from '../../service/http/health.ts'
import { createDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { startService } from '../support/service.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'

const MINUTE_MS = 60_000

/** The two routes over a database that a test takes away, in time that it moves itself. */
async function startHealth() {
  const state = { reachable: true, draining: false, asked: 0 }
  const app = fastify()
  await app.register(healthRoutes, {
    isDraining: () => state.draining,
    isDatabaseReachable: () => {
      state.asked += 1
      return Promise.resolve(state.reachable)
    },
  })
  const get = async (url: string) => {
    const { statusCode, body } = await app.inject({ method: 'GET', url })
    return [statusCode, JSON.parse(body)]
  }
  return { state, get }
}

test('a service says that it lives and is ready, to anybody and in few words', async (t) => {
  const service = await startService(t)
  for (const [path, body] of [
    ['/health', '{"status":"ok"}'],
    ['/ready', '{"status":"ready","database":"reachable"}'],
  ] as const) {
    const response = await fetch(`${service.url}${path}`)
    assert.equal(response.status, 200)
    assert.equal(await response.text(), body)
  }
})

// A restart would not bring the database back, and would end the answers that go on without it.
test('without its database a service lives on, and says so without naming it', async (t) => {
  const proxy = await startTcpProxy(t, await createDatabase(t))
  const service = await startService(t, { databaseUrl: proxy.url })
  proxy.cut()
  await eventually(async () => {
    const ready = await fetch(`${service.url}/ready`)
    assert.equal(ready.status, 200)
    return (await ready.text()) === '{"status":"ready","database":"unreachable"}'
  })
  assert.equal((await fetch(`${service.url}/health`)).status, 200)
  proxy.restore()
})

test('a database that stays away takes a process out after one to two minutes', async (t) => {
  const clock = stopClock(t)
  const { state, get } = await startHealth()
  // The first question may be answered with what was known before it.
  const look = async () => {
    clock.tick(2_000)
    await get('/ready')
    clock.tick(2_000)
    return await get('/ready')
  }
  assert.deepEqual(await look(), [200, { status: 'ready', database: 'reachable' }])
  state.reachable = false
  clock.tick(MINUTE_MS - 5_000)
  assert.deepEqual(await look(), [200, { status: 'ready', database: 'unreachable' }])
  clock.tick(MINUTE_MS + 5_000)
  assert.deepEqual(await look(), [503, { status: 'unavailable', database: 'unreachable' }])
  assert.deepEqual(await get('/health'), [200, { status: 'ok' }])
  state.reachable = true
  assert.deepEqual(await look(), [200, { status: 'ready', database: 'reachable' }])
})

// All processes that go at one moment leave nobody to answer.
test('processes that lose the database together do not go together', async (t) => {
  const clock = stopClock(t)
  const processes = await Promise.all(Array.from({ length: 12 }, startHealth))
  for (const { state } of processes) state.reachable = false
  const left: number[] = []
  for (let second = 0; second <= 140; second += 10) {
    const answers = await Promise.all(processes.map(({ get }) => get('/ready')))
    left.push(answers.filter(([status]) => status === 503).length)
    clock.tick(10_000)
  }
  assert.equal(left[0], 0)
  assert.equal(left.at(-1), 12)
  assert.ok(
    left.some((count) => count > 0 && count < 12),
    String(left),
  )
})

test('however often it is asked, a process asks its database every other second', async (t) => {
  const clock = stopClock(t)
  const { state, get } = await startHealth()
  for (let count = 0; count < 50; count += 1) await get('/ready')
  assert.equal(state.asked, 1)
  clock.tick(2_000)
  await get('/ready')
  await get('/health')
  assert.equal(state.asked, 2)
})

test('while it drains a process asks nobody and is not ready', async () => {
  const { state, get } = await startHealth()
  state.draining = true
  assert.deepEqual(await get('/ready'), [503, { status: 'draining' }])
  assert.deepEqual(await get('/health'), [200, { status: 'ok' }])
  assert.equal(state.asked, 0)
})

/** Stops the clock that nobody can set; it goes on as it is told. */
function stopClock(t: TestContext) {
  let now = performance.now()
  t.mock.method(performance, 'now', () => now)
  return { tick: (ms: number) => (now += ms) }
}
