import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fetchAs, type Fetch } from '../../service/local/page/chat/token-source.ts'

/** A server that hands out t1, t2, … and turns down the tokens in `refused`. */
function tokenServer(
  lifetimeMs: number,
  refused: ReadonlySet<string> = new Set(),
): { fetch: Fetch; seen: string[] } {
  const seen: string[] = []
  let issued = 0
  const fetch: Fetch = async (input, init) => {
    if (input === '/local/token') {
      const expiresAt = new Date(Date.now() + lifetimeMs).toISOString()
      return Response.json({ token: `t${++issued}`, expiresAt })
    }
    const token = new Headers(init?.headers).get('authorization')?.replace('Bearer ', '') ?? ''
    seen.push(token)
    return new Response(null, { status: refused.has(token) ? 401 : 200 })
  }
  return { fetch, seen }
}

test('one token serves many requests', async () => {
  const { fetch, seen } = tokenServer(3_600_000)
  const authorized = fetchAs('alice', fetch)
  await authorized('/chatkit')
  await authorized('/chatkit')
  assert.deepEqual(seen, ['t1', 't1'])
})

test('a token that is about to end is renewed first', async () => {
  const { fetch, seen } = tokenServer(30_000)
  const authorized = fetchAs('alice', fetch)
  await authorized('/chatkit')
  await authorized('/chatkit')
  assert.deepEqual(seen, ['t1', 't2'])
})

test('a refused token is renewed once, and then the refusal stands', async () => {
  const once = tokenServer(3_600_000, new Set(['t1']))
  assert.equal((await fetchAs('alice', once.fetch)('/chatkit')).status, 200)
  assert.deepEqual(once.seen, ['t1', 't2'])
  const always = tokenServer(3_600_000, new Set(['t1', 't2', 't3']))
  assert.equal((await fetchAs('alice', always.fetch)('/chatkit')).status, 401)
  assert.deepEqual(always.seen, ['t1', 't2'])
})

test('the headers of a request reach the server', async () => {
  let accept: string | null = null
  const fetch: Fetch = async (input, init) => {
    if (input !== '/local/token') accept = new Headers(init?.headers).get('accept')
    return Response.json({ token: 't', expiresAt: '2999-01-01T00:00:00Z' })
  }
  await fetchAs('alice', fetch)('/chatkit', { headers: { accept: 'text/event-stream' } })
  assert.equal(accept, 'text/event-stream')
})
