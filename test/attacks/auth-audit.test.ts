import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auditRefusals } from '../../service/auth/audit.ts'
import { Canary } from '../support/canary.ts'
import { eventually } from '../support/eventually.ts'
import { encode, forgeToken, validClaims } from '../support/forged-token.ts'
import { LogBuffer } from '../support/log-buffer.ts'
import { headerOf } from '../support/raw-http.ts'
import { startService } from '../support/service.ts'
import { bearer, signInWith } from '../support/sign-in.ts'
import type { Header } from '../support/sign-in.ts'

const GATEWAY_SECRET = 'Mn4cRt7yUi0oPq3wEz6xBv9nKl2jHg5f'

test('a sign-in failure is noted with its class, pattern and request, and nothing that was shown', async (t) => {
  const buffer = new LogBuffer()
  const service = await startService(t, {
    environment: { AUTH: 'jwt,gateway', GATEWAY_SECRET },
    replacements: { log: buffer.log },
  })
  const { word } = new Canary()
  const own = { ...validClaims(), name: word }
  const cases: readonly (readonly [string, string | undefined, ...Header[]])[] = [
    ['nothing_shown', undefined, ['x-user-id', word]],
    ['malformed', 'jwt', bearer(word)],
    ['malformed', 'jwt', ['authorization', `Basic ${word}`]],
    ['signature', 'jwt', bearer(forgeToken(own, { secret: `${word}${word}${word}` }))],
    ['expired', 'jwt', bearer(forgeToken({ ...own, exp: 1 }))],
    ['claims', 'jwt', bearer(forgeToken({ ...own, sub: [word] }))],
    ['claims', 'jwt', bearer(forgeToken({ ...own, plan: `${word}\n${word}` }))],
    ['algorithm', 'jwt', bearer(forgeToken(own, { header: { alg: 'none', kid: word } }))],
    ['algorithm', 'jwt', bearer(`${encode({ alg: word })}.${encode(own)}.AAAA`)],
    ['gateway_secret', 'gateway', ['x-gateway-secret', word]],
    ['duplicate_header', 'gateway', ['x-gateway-secret', word], ['x-gateway-secret', word]],
    [
      'two_identities',
      'gateway',
      bearer(forgeToken(own)),
      ['x-gateway-secret', GATEWAY_SECRET],
      ['x-user-id', word],
    ],
  ]
  for (const [reason, pattern, ...headers] of cases) {
    const before = buffer.lines('sign-in refused').length
    const answer = await signInWith(service, ...headers)
    assert.equal(answer.status, 401, reason)
    const [line, ...more] = buffer.lines('sign-in refused').slice(before)
    assert.deepEqual(more, [])
    const { request, reason: noted, pattern: tried } = line ?? { msg: '' }
    const id = headerOf(answer, 'x-request-id')
    assert.deepEqual([noted, request, tried], [reason, id, pattern])
  }
  await eventually(() => buffer.lines('request').length === cases.length)
  assert.ok(!buffer.text.includes(word))
  assert.ok(!buffer.text.includes(GATEWAY_SECRET))
})

// Whoever can fill the log can hide in it.
test('a flood of one kind neither fills the log nor hides another kind', async () => {
  const buffer = new LogBuffer()
  const refused = auditRefusals(buffer.log, { linesMax: 5, windowMs: 100 })
  for (let count = 0; count < 10_000; count += 1) {
    refused({ requestId: `request_${count}`, reason: 'malformed', pattern: 'jwt' })
  }
  refused({ requestId: 'request_x', reason: 'signature', pattern: 'jwt' })
  const lines = buffer.lines('sign-in refused')
  assert.equal(lines.length, 6)
  assert.equal(lines.at(-1)?.['reason'], 'signature')
  // Timers of the log do not keep the process alive; this one does.
  const pulse = setInterval(() => undefined, 10)
  await eventually(() => buffer.lines('more sign-ins refused').length === 1)
  clearInterval(pulse)
  const [rest] = buffer.lines('more sign-ins refused')
  assert.deepEqual([rest?.['reason'], rest?.['count']], ['malformed', 9_995])
  refused({ requestId: 'request_y', reason: 'malformed', pattern: 'jwt' })
  assert.equal(buffer.lines('sign-in refused').length, 7)
})
