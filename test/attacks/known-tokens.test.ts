import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BearerJwt } from '../../service/auth/bearer-jwt.ts'
import { ClaimMap } from '../../service/auth/claim-map.ts'
import { forgeToken, validClaims } from '../support/forged-token.ts'
import { JWT_SECRET } from '../support/service.ts'

const NEXT = 'Zq7Lw0eRt6YuI3oPa9SdF2gHj5KlX8cV'

function pattern(secrets: string[]): (token: string) => Promise<string> {
  const jwt = new BearerJwt({ secrets: async () => secrets, claims: ClaimMap.parse({}) })
  return async (token) => {
    const headers = { authorization: `Bearer ${token}` }
    const request = { method: 'POST', headers, rawHeaders: [], requestId: 'req_1' }
    return (await jwt.identify(request)).userId
  }
}

const refused = { code: 'unauthenticated' }

// A token that was verified once is not verified again: what ended its validity has to end that.
test('a token that is known is refused as soon as its secret is valid no more', async () => {
  const secrets = [JWT_SECRET]
  const userOf = pattern(secrets)
  const token = forgeToken({ ...validClaims(), sub: 'alice' })
  assert.equal(await userOf(token), 'alice')
  secrets.unshift(NEXT)
  assert.equal(await userOf(token), 'alice')
  secrets.pop()
  await assert.rejects(userOf(token), refused)
})

test('a token that is known is refused when its time is over', async (t) => {
  const userOf = pattern([JWT_SECRET])
  const token = forgeToken({ ...validClaims(), sub: 'alice' })
  assert.equal(await userOf(token), 'alice')
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 10 * 86_400_000 })
  await assert.rejects(userOf(token), refused)
})

test('a token that differs in one character from one that is known is not that one', async () => {
  const userOf = pattern([JWT_SECRET])
  const token = forgeToken({ ...validClaims(), sub: 'alice' })
  assert.equal(await userOf(token), 'alice')
  const [header = '', payload = '', signature = ''] = token.split('.')
  const other = signature.startsWith('A') ? 'B' : 'A'
  await assert.rejects(userOf(`${header}.${payload}.${other}${signature.slice(1)}`), refused)
})
