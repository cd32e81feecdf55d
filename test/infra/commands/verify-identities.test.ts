import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { gatewayUsers } from '../../../infra/commands/verify/users.ts'
import { failures, startVerifiable, verify } from './verified.ts'
import { listen, startProxy } from './verify-proxy.ts'

// It must not take silence for a proof.
test('a deployment that refuses nothing is not said to refuse in the right form', async (t) => {
  const service = await startVerifiable(t)
  const port = await startProxy(t, service.url, {
    ask: () => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"status":"ok","data":[],"has_more":false}',
    }),
  })
  const rows = await verify(`http://localhost:${port}`, { only: ['answers'] })
  const found = Object.fromEntries(rows.map(({ id, result }) => [id, result]))
  assert.deepEqual([found['answers.detail'], found['answers.form']], ['skipped', 'skipped'])
  assert.equal(found['answers.not-found'], 'failed')
})

test('users whom a gateway names are tried against each other, also across organisations', async (t) => {
  const secret = 'Mn4cRt7yUi0oPq3wEz6xBv9nKl2jHg5f'
  const auth = { AUTH: 'gateway', GATEWAY_SECRET: secret }
  const service = await startVerifiable(t, auth)
  const only = ['sign-in', 'ownership', 'bodies', 'answers']
  const rows = await verify(service.url, { users: gatewayUsers(secret), only })
  assert.deepEqual(failures(rows), {})
  const proven = rows.filter(({ part, result }) => part === 'ownership' && result === 'passed')
  assert.equal(proven.length, rows.filter(({ part }) => part === 'ownership').length)
})

test('sessions are shown in cookies, as the pages of the deployment do', async (t) => {
  const endpoint = await startSessions(t)
  const auth = { AUTH: 'session', SESSION_URL: endpoint }
  const service = await startVerifiable(t, auth)
  const tokens = ['alice', 'bob'].map((user) => `session_token=${user}-with-a-session-token`)
  const options = {
    tokens,
    tokenHeader: 'cookie',
    only: ['sign-in', 'ownership', 'cors', 'answers'],
  }
  const rows = await verify(service.url, options)
  assert.deepEqual(failures(rows), {})
  const proven = rows.filter(({ part, result }) => part === 'ownership' && result === 'passed')
  assert.ok(proven.length > 3)
})

/** A sign-in server whose tokens begin with the user's name; its address. */
async function startSessions(t: TestContext): Promise<string> {
  const server = createServer(({ headers }, response) => {
    const id = /^session_token=([a-z]+)-/.exec(headers.cookie ?? '')?.[1]
    response.end(JSON.stringify(id === undefined ? null : { user: { id } }))
  })
  t.after(() => server.close())
  return `http://localhost:${await listen(server)}/session`
}
