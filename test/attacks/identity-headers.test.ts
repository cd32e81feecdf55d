import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { ConfigError, loadConfig } from '../../service/config.ts'
import type { SecretVersion } from '../../service/secrets/secret-source.ts'
import { ChatClient } from '../support/chat-client.ts'
import { forgeToken, validClaims } from '../support/forged-token.ts'
import { comparable } from '../support/raw-http.ts'
import { sayWhole, scripted } from '../support/scripted-application.ts'
import { alice, JWT_SECRET, ORIGIN, startService, tokenOf } from '../support/service.ts'
import { bearer, signInWith, statusWith } from '../support/sign-in.ts'
import type { Header } from '../support/sign-in.ts'

const GATEWAY_SECRET = 'Mn4cRt7yUi0oPq3wEz6xBv9nKl2jHg5f'
const proof: Header = ['x-gateway-secret', GATEWAY_SECRET]

const NAMES = ['user-id', 'org-id', 'plan', 'locale', 'role', 'forwarded-user', 'session-token']

/** Headers that name somebody else, in every spelling that some server would understand. */
function claimed(): readonly Header[] {
  return NAMES.flatMap((name): Header[] => [
    [`x-${name}`, 'mallory'],
    [`X-${name.toUpperCase()}`, 'mallory'],
    [`X_${name.replaceAll('-', '_')}`, 'mallory'],
    [`x-${name}`, 'admin'],
  ])
}

const startTold = (t: TestContext, environment: Readonly<Record<string, string>>) =>
  startService(t, {
    environment,
    replacements: { application: scripted((chat) => sayWhole(chat, JSON.stringify(chat.user))) },
  })

const withGateway = { AUTH: 'jwt,gateway', GATEWAY_SECRET }

// A proxy in front of other services sets such headers; here anybody could.
test('identity headers change nothing beside a token, and without one they are nobody', async (t) => {
  for (const environment of [{}, withGateway]) {
    const service = await startTold(t, environment)
    const client = new ChatClient(service.url, await tokenOf(alice))
    const headers = Object.fromEntries(claimed())
    const { text, threadId } = await client.say('Who am I?', undefined, { headers })
    assert.match(text, /"userId":"alice","orgId":"acme","plan":"pro","locale":"en","role":"member"/)
    const answer = await signInWith(service, ...claimed(), bearer(await tokenOf(alice)))
    assert.ok(answer.status === 200 && answer.body.includes(threadId))
    assert.equal(await statusWith(service, ...claimed()), 401)
  }
})

test('a gateway that proves itself says who the user is', async (t) => {
  const service = await startTold(t, withGateway)
  const { text } = await new ChatClient(service.url, await tokenOf(alice)).say('Hi', undefined, {
    headers: {
      'x-gateway-secret': GATEWAY_SECRET,
      'x-user-id': 'alice',
      'x-org-id': 'acme',
      'x-plan': 'gold',
      'x-locale': 'de-CH',
      'x-role': 'admin',
    },
  })
  // The token comes first, and both are about the same user.
  assert.match(text, /"userId":"alice","orgId":"acme","plan":"pro","locale":"en","role":"member"/)
  const named: readonly Header[] = [['x-user-id', 'alice'], ['x-org-id', 'acme'], proof]
  assert.equal(await statusWith(service, ...named), 200)
  const foreign: readonly Header[] = [['x-user-id', 'mallory'], proof]
  assert.equal(await statusWith(service, ...foreign), 200)
  assert.equal(await statusWith(service, ...foreign, bearer(await tokenOf(alice))), 401)
})

test('a gateway alone passes on plan, language and role', async (t) => {
  const { url } = await startTold(t, { AUTH: 'gateway', GATEWAY_SECRET, JWT_SECRET: '' })
  const { text } = await new ChatClient(url, 'not looked at').say('Hi', undefined, {
    headers: {
      'x-gateway-secret': GATEWAY_SECRET,
      'x-user-id': 'alice',
      'x-org-id': 'acme',
      'x-plan': 'gold',
      'x-locale': 'de-CH',
      'x-role': 'admin',
    },
  })
  assert.match(text, /"plan":"gold","locale":"de-CH","role":"admin"/)
})

// What two machines read differently, somebody can stand between.
test('identity headers that come twice, with underscores or without the secret are refused', async (t) => {
  const service = await startTold(t, { AUTH: 'gateway', GATEWAY_SECRET, JWT_SECRET: '' })
  const user: Header = ['x-user-id', 'alice']
  const first = await signInWith(service)
  assert.equal(first.status, 401)
  for (const headers of [
    [user],
    [user, ['x-gateway-secret', '']],
    [user, ['x-gateway-secret', GATEWAY_SECRET.slice(0, -1)]],
    [user, ['x-gateway-secret', `${GATEWAY_SECRET}x`]],
    [user, ['x-gateway-secret', GATEWAY_SECRET.toLowerCase()]],
    [user, ['x_gateway_secret', GATEWAY_SECRET]],
    [user, proof, proof],
    [user, proof, ['x-gateway-secret', 'x']],
    [user, proof, ['x_gateway_secret', 'x']],
    [user, user, proof],
    [user, ['x-user-id', 'mallory'], proof],
    [user, ['X-USER-ID', 'mallory'], proof],
    [user, ['x_user_id', 'mallory'], proof],
    [user, ['X-User_Id', 'mallory'], proof],
    [user, ['x_org_id', 'acme'], proof],
    [user, ['x-org-id', 'acme'], ['x-org-id', 'globex'], proof],
    [user, ['x-org-id', 'acme'], ['x_org_id', 'acme'], proof],
    [user, ['x-plan', 'free'], ['x_plan', 'pro'], proof],
    [['x_user_id', 'alice'], proof],
    [['x-user-id', ''], proof],
    [['x-user-id', 'al\u00efce'], proof],
    [['x-user-id', 'a'.repeat(256)], proof],
    [['x-org-id', 'acme'], proof],
    [proof],
  ] satisfies (readonly Header[])[]) {
    const answer = await signInWith(service, ...headers)
    assert.deepEqual(comparable(answer), comparable(first), JSON.stringify(headers))
  }
  assert.equal(await statusWith(service, user, proof), 200)
})

test('the gateway’s secret rotates as the key of tokens does, and a weak one opens nothing', async (t) => {
  const old: SecretVersion = { stage: 'previous', value: GATEWAY_SECRET, createdAt: 0 }
  const current: SecretVersion = { stage: 'current', value: JWT_SECRET, createdAt: Date.now() }
  const source = {
    versions: [current, old],
    read: () => Promise.resolve([JWT_SECRET] as const),
    readVersions: () => Promise.resolve(source.versions),
    refresh: () => Promise.resolve(),
  }
  const service = await startService(t, {
    environment: { AUTH: 'gateway', JWT_SECRET: '', GATEWAY_SECRET_SECRET_ID: 'gateway' },
    replacements: { secrets: source },
  })
  const user: Header = ['x-user-id', 'alice']
  const both = async () => [
    await statusWith(service, user, proof),
    await statusWith(service, user, ['x-gateway-secret', JWT_SECRET]),
  ]
  assert.deepEqual(await both(), [200, 200])
  source.versions = [{ ...current, createdAt: Date.now() - 100_000_000 }, old]
  assert.deepEqual(await both(), [401, 200])
  source.versions = [{ ...current, value: '' }]
  assert.equal(await statusWith(service, user, ['x-gateway-secret', '']), 401)
})

const SUBJECT = 'CN=gateway.example.com,O=Example,C=CH'
const ISSUER = 'CN=Example Private CA,O=Example'
const subject: Header = ['x-amzn-mtls-clientcert-subject', SUBJECT]
const issuer: Header = ['X-Amzn-Mtls-Clientcert-Issuer', ISSUER]
const GATEWAY_CERTIFICATES = JSON.stringify([
  { subject: 'CN=other,O=Example', issuer: ISSUER },
  { subject: SUBJECT, issuer: ISSUER },
])
const alone = { AUTH: 'gateway', JWT_SECRET: '' }

// Whoever has a certificate of the same name from another authority is somebody else.
test('a gateway is known by the certificate that the balancer has verified, and by no other', async (t) => {
  const service = await startTold(t, { ...alone, GATEWAY_CERTIFICATES })
  const user: Header = ['x-user-id', 'alice']
  const first = await signInWith(service)
  assert.equal(first.status, 401)
  for (const headers of [
    [user],
    [user, subject],
    [user, issuer],
    [user, ['x-amzn-mtls-clientcert-subject', ''], issuer],
    [user, ['x-amzn-mtls-clientcert-subject', 'CN=mallory,O=Example,C=CH'], issuer],
    [user, ['x-amzn-mtls-clientcert-subject', SUBJECT.toLowerCase()], issuer],
    [user, ['x-amzn-mtls-clientcert-subject', `${SUBJECT},OU=x`], issuer],
    [
      user,
      ['x-amzn-mtls-clientcert-subject', SUBJECT.replace('example.com', 'exampleXcom')],
      issuer,
    ],
    [user, ['x-amzn-mtls-clientcert-subject', 'O=Example,C=CH,CN=gateway.example.com'], issuer],
    [user, subject, ['x-amzn-mtls-clientcert-issuer', SUBJECT]],
    [user, subject, ['x-amzn-mtls-clientcert-issuer', 'CN=Public CA']],
    [user, ['x-amzn-mtls-clientcert-subject', ISSUER], ['x-amzn-mtls-clientcert-issuer', SUBJECT]],
    // What a client writes beside what the balancer writes.
    [user, subject, subject, issuer],
    [user, ['x-amzn-mtls-clientcert-subject', 'CN=mallory'], subject, issuer],
    [user, subject, ['x-amzn-mtls-clientcert-subject', 'CN=mallory'], issuer],
    [user, subject, issuer, ['x-amzn-mtls-clientcert-issuer', 'CN=Public CA']],
    [user, ['x_amzn_mtls_clientcert_subject', SUBJECT], issuer],
    [user, subject, ['x_amzn_mtls_clientcert_subject', 'CN=mallory'], issuer],
    [user, subject, ['x-amzn-mtls_clientcert-issuer', ISSUER]],
    [user, subject, issuer, ['x_user_id', 'mallory']],
    [user, user, subject, issuer],
    [['x_user_id', 'alice'], subject, issuer],
    [user, proof],
    [user, proof, ['x-amzn-mtls-clientcert-subject', 'CN=mallory'], issuer],
    [user, ['x-amzn-mtls-clientcert', SUBJECT], ['x-amzn-mtls-clientcert-leaf', SUBJECT]],
    [subject, issuer],
  ] satisfies (readonly Header[])[]) {
    const answer = await signInWith(service, ...headers)
    assert.deepEqual(comparable(answer), comparable(first), JSON.stringify(headers))
  }
  assert.equal(await statusWith(service, user, subject, issuer), 200)
})

test('certificates that are not configured are nobody’s, and a secret that is configured is demanded too', async (t) => {
  const user: Header = ['x-user-id', 'alice']
  const bySecret = await startTold(t, { ...alone, GATEWAY_SECRET })
  assert.equal(await statusWith(bySecret, user, subject, issuer), 401)
  assert.equal(await statusWith(bySecret, user, subject, issuer, proof), 200)
  const byBoth = await startTold(t, { ...alone, GATEWAY_SECRET, GATEWAY_CERTIFICATES })
  assert.equal(await statusWith(byBoth, user, subject, issuer), 401)
  assert.equal(await statusWith(byBoth, user, proof), 401)
  assert.equal(await statusWith(byBoth, user, proof, subject, issuer), 200)
})

// The balancer writes its headers into every request, also where a token says who it is from.
test('a token passes a gateway that is known by its certificate', async (t) => {
  const service = await startTold(t, { AUTH: 'jwt,gateway', GATEWAY_CERTIFICATES })
  const token = bearer(await tokenOf(alice))
  assert.equal(await statusWith(service, token, subject, issuer), 200)
  assert.equal(await statusWith(service, token, subject, issuer, ['x-user-id', 'mallory']), 401)
  assert.equal(await statusWith(service, token, ['x-user-id', 'mallory']), 200)
})

function faultsOf(environment: Readonly<Record<string, string>>): string {
  const others = { DATABASE_URL: 'postgres://localhost/x', FRONTEND_URL: ORIGIN }
  try {
    loadConfig({ modelKey: false }, { ...others, ...environment })
    return 'none'
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.message
  }
}

test('certificates are configured with both names, and for a gateway alone', () => {
  assert.equal(faultsOf({ AUTH: 'gateway', GATEWAY_CERTIFICATES }), 'none')
  assert.match(faultsOf({ AUTH: 'gateway' }), /GATEWAY_SECRET is missing/)
  assert.match(faultsOf({ JWT_SECRET, GATEWAY_CERTIFICATES }), /AUTH does not name gateway/)
  for (const wrong of [
    'CN=gateway',
    '[]',
    '["CN=gateway"]',
    '[{"subject":"CN=gateway"}]',
    '[{"subject":"","issuer":""}]',
    '[{"subject":"gateway","issuer":"CN=x"}]',
    '[{"subject":"CN=a\\nb","issuer":"CN=x"}]',
    '[{"subject":"CN=a","issuer":"CN=x","serial":"1"}]',
  ]) {
    const environment = { AUTH: 'gateway', GATEWAY_CERTIFICATES: wrong }
    assert.match(faultsOf(environment), /GATEWAY_CERTIFICATES/, wrong)
  }
})

test('somebody with two tokens’ worth of identity is refused, whichever would do', async (t) => {
  const service = await startTold(t, withGateway)
  const expired = forgeToken({ ...validClaims(), exp: 1 })
  const user: readonly Header[] = [['x-user-id', 'alice'], ['x-org-id', 'acme'], proof]
  assert.equal(await statusWith(service, ...user, bearer(expired)), 401)
  assert.equal(await statusWith(service, ...user, bearer('garbage')), 401)
  assert.equal(await statusWith(service, ...user, bearer(forgeToken(validClaims()))), 200)
})
