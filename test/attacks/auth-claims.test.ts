import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { BearerJwt } from '../../service/auth/bearer-jwt.ts'
import { ClaimMap, toIdentity } from '../../service/auth/claim-map.ts'
import { ConfigError, loadConfig } from '../../service/config.ts'
import { ChatClient } from '../support/chat-client.ts'
import { encode, forgeToken, signText, validClaims } from '../support/forged-token.ts'
import { sayWhole, scripted } from '../support/scripted-application.ts'
import { JWT_SECRET, startService } from '../support/service.ts'
import '../support/random.ts'

const HOUR = 3_600
const SKEW = 30
const ISSUER = 'https://login.example.com'
const AUDIENCE = 'chat'

const jwt = new BearerJwt({
  secrets: () => Promise.resolve([JWT_SECRET]),
  issuer: ISSUER,
  audience: AUDIENCE,
  claims: ClaimMap.parse({}),
})

async function isLetIn(token: string, pattern = jwt): Promise<boolean> {
  const request = { method: 'POST', rawHeaders: [], requestId: 'request_1' }
  const headers = { authorization: `Bearer ${token}` }
  return await pattern.identify({ ...request, headers }).then(
    () => true,
    () => false,
  )
}

const good = () => ({ ...validClaims(), iss: ISSUER, aud: AUDIENCE })

const isName = (value: unknown) =>
  typeof value === 'string' &&
  /^[^\p{Cc}\p{Cs}\p{Cf}\u2028\u2029]{1,255}$/u.test(value) &&
  value.length <= 255
const isAbsentOr = (check: (value: unknown) => boolean) => (value: unknown) =>
  value === undefined || check(value)
const isTime = (from: number, to: number) => (value: unknown) =>
  typeof value === 'number' && value > from && value <= to

/** What each claim may be, said once more, in another way than the service says it. */
function rules(now: number): Readonly<Record<string, (value: unknown) => boolean>> {
  return {
    sub: isName,
    exp: isTime(now - SKEW, Infinity),
    nbf: isAbsentOr(isTime(-Infinity, now + SKEW)),
    iat: isAbsentOr(isTime(-Infinity, now + SKEW)),
    iss: (value) => value === ISSUER,
    aud: (value) => value === AUDIENCE || (Array.isArray(value) && value.includes(AUDIENCE)),
    org_id: (value) => value == null || isName(value),
    plan: (value) => value == null || isName(value),
  }
}

/** Values near the borders, and values of every kind. No time is so near that a second matters. */
const value = fc.oneof(
  fc.constantFrom(undefined, null, '', 0, -1, ISSUER, AUDIENCE, [AUDIENCE], ['x', AUDIENCE], []),
  fc
    .constantFrom(-HOUR, -SKEW - 5, -SKEW + 5, SKEW - 5, SKEW + 5, HOUR)
    .map((offset) => Math.floor(Date.now() / 1_000) + offset),
  fc.jsonValue({ maxDepth: 1 }),
  fc.string({ maxLength: 300, unit: 'binary' }),
)

test('JWT: exp, sub required and typed; nbf, iat, iss, aud honoured: any claim may be anything', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...Object.keys(rules(0))), value, async (claim, changed) => {
      const now = Math.floor(Date.now() / 1_000)
      // Of what JSON cannot carry, the token says nothing, or something else.
      const claims: Record<string, unknown> = JSON.parse(
        JSON.stringify({ ...good(), [claim]: changed }),
      )
      const isAllowed = Object.entries(rules(now)).every(([name, rule]) => rule(claims[name]))
      assert.equal(await isLetIn(forgeToken(claims)), isAllowed, JSON.stringify(claims))
    }),
    { numRuns: 600 },
  )
})

// `JSON.stringify` never writes such a number, whoever forges a token may.
test('JWT: exp is a moment: a token that would never end is nobody’s', async () => {
  for (const exp of ['1e999', '-1e999', 'null', '"4102444800"']) {
    const payload = JSON.stringify({ ...good(), exp: 0 }).replace('"exp":0', `"exp":${exp}`)
    const text = `${encode({ alg: 'HS256' })}.${Buffer.from(payload).toString('base64url')}`
    assert.ok(!(await isLetIn(signText(text, JWT_SECRET))), exp)
  }
})

test('JWT: sub is required and typed, also where another claim says who the user is', async () => {
  const byEmail = new BearerJwt({
    secrets: () => Promise.resolve([JWT_SECRET]),
    claims: ClaimMap.parse({ user: 'email' }),
  })
  const claims = { ...validClaims(), email: 'alice@example.com' }
  assert.ok(await isLetIn(forgeToken(claims), byEmail))
  for (const sub of [undefined, null, '', 7, ['alice'], 'al\u0000ice']) {
    assert.ok(!(await isLetIn(forgeToken({ ...claims, sub }), byEmail)), JSON.stringify(sub))
  }
})

test('JWT: nothing in the header of a token is a key, and an id of a key changes nothing', async () => {
  const secret = 'a-key-of-ones-own-6Yt0Zc3vQm8rLx5wKd1n'
  const k = Buffer.from(secret).toString('base64url')
  for (const said of [{ kid: secret }, { kid: k }, { jwk: { kty: 'oct', k, alg: 'HS256' } }]) {
    const header = { alg: 'HS256', ...said }
    assert.ok(!(await isLetIn(forgeToken(good(), { header, secret }))), JSON.stringify(said))
    assert.ok(await isLetIn(forgeToken(good(), { header })), JSON.stringify(said))
  }
})

test('a token has exactly one accepted spelling: no letter of it can be another, or one more', async () => {
  const token = forgeToken(good())
  assert.ok(await isLetIn(token))
  for (const other of spellings(token)) assert.ok(!(await isLetIn(other)), other)
})

// Tokens that were verified are remembered, which must not let them outlive their time.
test('JWT: exp ends a token that was let in before, when the tolerated skew is over', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const token = forgeToken(good())
  assert.ok(await isLetIn(token))
  for (const [seconds, expected] of [
    [HOUR - SKEW, true],
    [SKEW + SKEW - 5, true],
    [10, false],
    [HOUR, false],
  ] as const) {
    t.mock.timers.tick(seconds * 1_000)
    assert.equal(await isLetIn(token), expected, `${seconds} s later`)
  }
})

// They would end a line of the log, turn it around, or make two users look like one.
test('a name with a character that nobody sees is nobody’s', async () => {
  for (const hidden of [
    '\u2028',
    '\u2029',
    '\u200b',
    '\u200d',
    '\u202e',
    '\u2066',
    '\ufeff',
    '\u00ad',
  ]) {
    for (const claim of ['sub', 'org_id', 'plan']) {
      const token = forgeToken({ ...good(), [claim]: `al${hidden}ice` })
      assert.ok(!(await isLetIn(token)), `${claim} ${JSON.stringify(hidden)}`)
    }
  }
  assert.ok(await isLetIn(forgeToken({ ...good(), sub: 'José Ñandú 日本 🙂' })))
  // What agents are told of a person is a text, and some are written with joiners.
  const map = ClaimMap.parse({ further: ['name'] })
  const { claims } = toIdentity({ sub: 'a', name: 'علی\u200cرضا' }, map)
  assert.deepEqual(claims, { name: 'علی\u200cرضا' })
})

/** The token with one letter less, with another one in its place, and with one more. */
function spellings(token: string): readonly string[] {
  const letters = ['', 'A', 'B', 'w', '_', '-', '.', '=', '+', '/', '%', '\u00e9']
  const places = Array.from({ length: token.length + 1 }, (_none, at) => at)
  const all = places.flatMap((at) =>
    letters.flatMap((letter) => [
      token.slice(0, at) + letter + token.slice(at + 1),
      token.slice(0, at) + letter + token.slice(at),
    ]),
  )
  // The last letter of a signature has two bits that mean nothing.
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const endings = Array.from(alphabet, (letter) => token.slice(0, -1) + letter)
  return [...all, ...endings].filter((other) => other !== token)
}

const base = { sub: 'alice', org_id: 'acme' }
const identityOf = (claims: object, map: object = {}) =>
  toIdentity({ ...base, ...claims }, ClaimMap.parse(map))

test('an admin is who has a role of the configuration, in an organisation', () => {
  for (const [claims, map, role] of [
    [{}, {}, 'member'],
    [{ org_role: 'admin' }, {}, 'admin'],
    [{ org_role: ['viewer', 'admin'] }, {}, 'admin'],
    [{ org_role: 'Admin' }, {}, 'member'],
    [{ org_role: 'administrator' }, {}, 'member'],
    [{ org_role: 'admin,member' }, {}, 'member'],
    [{ role: 'admin' }, {}, 'member'],
    [{ role: 'admin' }, { role: 'role' }, 'admin'],
    [{ org_role: 'org:admin' }, { admin: ['org:admin', 'owner'] }, 'admin'],
    [{ org_role: 'admin' }, { admin: ['owner'] }, 'member'],
    // All users without an organisation share the empty one.
    [{ org_role: 'admin', org_id: undefined }, {}, 'member'],
    [{ org_role: 'admin', org_id: null }, {}, 'member'],
  ] as const) {
    assert.equal(identityOf(claims, map).role, role, JSON.stringify([claims, map]))
  }
  for (const role of [7, true, {}, [7], [['admin']]]) {
    assert.throws(() => identityOf({ org_role: role }), { code: 'unauthenticated' })
  }
})

test('claims come from where the configuration says, also from inside of others', () => {
  const map = {
    user: 'user.id',
    org: 'https://example.com/org',
    plan: 'app.plan.name',
    locale: 'lang',
  }
  const claims = {
    sub: 'other',
    user: { id: 'u1' },
    'https://example.com/org': 'o1',
    app: { plan: { name: 'gold' } },
    lang: 'de',
  }
  const { userId, orgId, plan, locale } = identityOf(claims, map)
  assert.deepEqual([userId, orgId, plan, locale], ['u1', 'o1', 'gold', 'de'])
  assert.throws(() => identityOf({}, { user: 'user.id' }), { code: 'unauthenticated' })
  assert.throws(() => identityOf({}, { user: 'constructor.name' }), { code: 'unauthenticated' })
  assert.throws(() => identityOf({}, { user: '__proto__.x' }), { code: 'unauthenticated' })
})

test('agents see the further claims that are named, if they are short and plain', () => {
  const further = ['team', 'seats', 'beta', 'user.tier', '__proto__', 'long', 'list', 'control']
  const claims = {
    team: 'blue',
    seats: 3,
    beta: false,
    user: { tier: 'A', secret: 'x' },
    long: 'x'.repeat(256),
    list: ['a'],
    control: 'a\nb',
    nothing: null,
    secret: 'not named',
  }
  const seen = identityOf(claims, { further }).claims
  assert.deepEqual(seen, { team: 'blue', seats: 3, beta: false, 'user.tier': 'A' })
  assert.deepEqual(identityOf(claims).claims, {})
})

test('the agent is told who it talks to: role and further claims of this user', async (t) => {
  const service = await startService(t, {
    environment: { CLAIMS: '{"further":["team"],"role":"role","plan":"tier"}' },
    replacements: { application: scripted((chat) => sayWhole(chat, JSON.stringify(chat.user))) },
  })
  const claims = { team: 'blue', role: 'admin', tier: 'gold', locale: 'fr' }
  const token = forgeToken({ ...validClaims(), ...claims })
  const { text } = await new ChatClient(service.url, token).say('Who am I?')
  assert.match(text, /"plan":"gold","locale":"fr","role":"admin","claims":\{"team":"blue"\}/)
})

test('a CLAIMS that is not understood is refused at start-up', () => {
  const complete = {
    DATABASE_URL: 'postgres://u:p@localhost/d',
    FRONTEND_URL: 'https://app.example.com',
    OPENAI_API_KEY: 'sk-test',
    JWT_SECRET,
  }
  for (const claims of ['{', 'org', '[]', '{"organisation":"x"}', '{"org":""}', '{"org":7}']) {
    const load = () => loadConfig({}, { ...complete, CLAIMS: claims })
    assert.throws(load, (error) => error instanceof ConfigError && /CLAIMS/.test(error.message))
  }
  const many = JSON.stringify({
    further: Array.from({ length: 21 }, (_none, index) => `c${index}`),
  })
  assert.throws(() => loadConfig({}, { ...complete, CLAIMS: many }), /CLAIMS.further/)
})
