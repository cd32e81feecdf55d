import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { suite, test } from 'node:test'
import { faultOfOpenAiKey } from '../../../infra/commands/openai-key.ts'
import { readUnseen } from '../../../infra/commands/read-unseen.ts'
import { ACCOUNT, startFakeAws } from './fake-aws.ts'
import { hasStackTrace, runCommand } from './run-command.ts'

const NAME = 'chatkit/dev/openai-api-key'
const KEY = 'sk-proj-Zk3vB9qLw7TtRr2Yp8mNc4Xd6Ha1Jf5G'
const SET = ['set', 'openai', '--env', 'dev']

// Each starts processes and mostly waits for them.
suite('secrets', { concurrency: 6 }, () => {
  test('the OpenAI key is read from standard input, stored, and shown to nobody', async (t) => {
    const { secrets, env } = await startFakeAws(t)
    const { code, stdout, stderr } = await runCommand('secret', SET, { env, input: `${KEY}\n` })
    assert.equal(code, 0, stderr)
    const secret = secrets.get(NAME)
    assert.equal(secret?.value, KEY)
    assert.equal(secret.tags['environment'], 'dev')
    assert.match(stdout, /chatkit\/dev\/openai-api-key is set in eu-central-1/)
    assert.ok(!`${stdout}${stderr}`.includes(KEY))
  })

  test('a key that is set already is replaced in the same secret', async (t) => {
    const { secrets, asked, env } = await startFakeAws(t)
    secrets.set(NAME, { arn: arnOf(NAME), value: 'sk-before', tags: {} })
    const { code } = await runCommand('secret', SET, { env, input: KEY })
    assert.equal(code, 0)
    assert.equal(secrets.get(NAME)?.value, KEY)
    assert.ok(!asked.includes('CreateSecret'))
  })

  // A secret is deleted with a waiting period, in which its name is taken.
  test('a key whose deletion has begun can be set again', async (t) => {
    const { secrets, env } = await startFakeAws(t)
    secrets.set(NAME, { arn: arnOf(NAME), value: 'sk-before', tags: {}, isDeleted: true })
    const { code, stderr } = await runCommand('secret', SET, { env, input: KEY })
    assert.equal(code, 0, stderr)
    assert.equal(secrets.get(NAME)?.value, KEY)
  })

  test('what is no key is not stored, and not quoted', async (t) => {
    const { secrets, env } = await startFakeAws(t)
    const wrong = 'pk-proj-Zk3vB9qLw7TtRr2Yp8mNc4Xd6Ha1Jf5G'
    const { code, stderr } = await runCommand('secret', SET, { env, input: wrong })
    assert.equal(code, 1)
    assert.match(stderr, /^Nothing was stored: a key of OpenAI begins with sk-/)
    assert.ok(!stderr.includes(wrong))
    assert.equal(secrets.size, 0)
    const other = await runCommand('secret', [...SET, '--other-provider'], { env, input: wrong })
    assert.equal(other.code, 0)
    assert.equal(secrets.get(NAME)?.value, wrong)
  })

  const faults: [string, RegExp][] = [
    ['', /no key was given/],
    ['sk-...', /placeholder/],
    ['sk-your-key-here-please-and-thanks', /placeholder/],
    ['sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxx', /placeholder/],
    ['<sk-proj-Zk3vB9qLw7TtRr2Yp8mNc4Xd>', /placeholder/],
    ['sk-short', /8 characters/],
    [`"${KEY}"`, /without quotation marks/],
    [`OPENAI_API_KEY=${KEY}`, /without a name/],
    [`${KEY} ${KEY}`, /one line of letters/],
    [`${KEY}ü`, /one line of letters/],
    [KEY.replace('sk-proj', 'sk-admin'), /admin key/],
    [`sk-${'a'.repeat(1_000)}`, /longer than/],
  ]

  for (const [key, fault] of faults) {
    test(`"${key.slice(0, 20)}" is refused as an OpenAI key`, () => {
      const words = faultOfOpenAiKey(key, 'openai') ?? 'accepted'
      assert.match(words, fault)
      assert.ok(key === '' || !words.includes(key.slice(0, 8)), words)
    })
  }

  test('keys of projects, of users and of service accounts are accepted', () => {
    for (const kind of ['sk-proj-', 'sk-', 'sk-svcacct-']) {
      assert.equal(faultOfOpenAiKey(KEY.replace('sk-proj-', kind), 'openai'), undefined)
    }
  })

  test('a person who types the key does not see it', async () => {
    const input = Object.assign(new PassThrough(), { isTTY: true })
    const output = new PassThrough()
    const answer = readUnseen('Key: ', { input, output })
    input.write(`${KEY}x\u007f\r`) // one letter too many, taken back
    assert.equal(await answer, KEY)
    output.end()
    assert.equal((await output.toArray()).join(''), 'Key: \n')
  })

  test('status tells whether the key is set and never reads it', async (t) => {
    const { secrets, asked, env } = await startFakeAws(t)
    const before = await runCommand('secret', ['status', '--env', 'dev'], { env })
    assert.match(before.stdout, /is not set/)
    secrets.set(NAME, { arn: arnOf(NAME), value: KEY, tags: {} })
    const after = await runCommand('secret', ['status', '--env', 'dev'], { env })
    assert.match(after.stdout, /is set, since 2026-/)
    assert.deepEqual([...new Set(asked)], ['DescribeSecret'])
  })

  // The key would otherwise go to whoever owns the account that the shell happens to be signed in
  // to.
  test('a key for prod does not go to another account', async (t) => {
    const { secrets, env } = await startFakeAws(t)
    const name = 'chatkit/prod/openai-api-key'
    secrets.set(name, { arn: arnOf(name), value: 'sk-before', tags: {} })
    const prod = ['set', 'openai', '--env', 'prod']
    const { code, stderr } = await runCommand('secret', prod, { env, input: KEY })
    assert.equal(code, 1)
    assert.match(stderr, /belong to the account 123456789012, and prod to 111122223333/)
    assert.equal(secrets.get(name)?.value, 'sk-before')
  })

  // "Not set" is true of every other account, and says nothing of the one that was meant.
  test('status answers for no other account than that of the environment', async (t) => {
    const { secrets, env } = await startFakeAws(t)
    const status = ['status', '--env', 'prod']
    const named = await runCommand('secret', status, {
      env: { ...env, AWS_ACCOUNT_ID: '123456789012' },
    })
    assert.equal(named.code, 1)
    assert.match(named.stderr, /belong to the account 123456789012, and prod to 111122223333/)
    const unnamed = await runCommand('secret', status, { env })
    assert.match(unnamed.stdout, /is not set\.\n.* whether it is 111122223333, that of prod/)
    const name = 'chatkit/prod/openai-api-key'
    secrets.set(name, { arn: arnOf(name), value: KEY, tags: {} })
    const found = await runCommand('secret', status, { env })
    assert.equal(found.code, 1)
    assert.match(found.stderr, /and prod to 111122223333/)
  })

  test('the JWT secret of the stack is rotated, and no other', async (t) => {
    const { secrets, asked, env } = await startFakeAws(t)
    for (const [stack, id] of [
      ['chatkit-staging-data', 'SecretsJwtSecret1DEFB471'],
      ['chatkit-dev-data', 'DatabaseSecret3B817195'],
      ['chatkit-dev-data', 'SecretsJwtSecret1DEFB471'],
    ] as const) {
      const tags = { 'aws:cloudformation:stack-name': stack, 'aws:cloudformation:logical-id': id }
      secrets.set(`${stack}-${id}`, { arn: arnOf(`${stack}-${id}`), value: 'x', tags })
    }
    const { code, stdout } = await runCommand('secret', ['rotate', 'jwt', '--env', 'dev'], { env })
    assert.equal(code, 0)
    assert.deepEqual(asked, ['ListSecrets', 'RotateSecret'])
    assert.match(stdout, /stays valid for another 24 hours/)
    assert.match(stdout, /secret:chatkit-dev-data-SecretsJwtSecret1DEFB471/)
  })

  test('the secret of a gateway is rotated where there is one', async (t) => {
    const { secrets, asked, env } = await startFakeAws(t)
    const rotate = ['rotate', 'gateway', '--env', 'dev']
    const { code, stderr } = await runCommand('secret', rotate, { env })
    assert.equal(code, 1)
    assert.match(stderr, /chatkit-dev-service has no such secret/)
    const tags = {
      'aws:cloudformation:stack-name': 'chatkit-dev-service',
      'aws:cloudformation:logical-id': 'SecretsGatewaySecret1DEFB471',
    }
    secrets.set('gateway', { arn: arnOf('gateway'), value: 'x', tags })
    const { stdout } = await runCommand('secret', rotate, { env })
    assert.deepEqual(asked, ['ListSecrets', 'ListSecrets', 'RotateSecret'])
    assert.match(stdout, /Let the gateway send the new one/)
  })

  test('without the data stack there is nothing to rotate, and the command says what to do', async (t) => {
    const { env } = await startFakeAws(t)
    const { code, stderr } = await runCommand('secret', ['rotate', 'jwt', '--env', 'dev'], { env })
    assert.equal(code, 1)
    assert.match(stderr, /chatkit-dev-data has no such secret .*npm run deploy -- --env dev/)
  })

  test('a refusal of AWS is a sentence', async (t) => {
    const { denied, env } = await startFakeAws(t)
    denied.add('DescribeSecret')
    const { code, stderr } = await runCommand('secret', SET, { env, input: KEY })
    assert.equal(code, 1)
    assert.match(stderr, /^These credentials are not allowed to do that/)
    assert.ok(!hasStackTrace(stderr))
  })
})

function arnOf(name: string): string {
  return `arn:aws:secretsmanager:eu-central-1:${ACCOUNT}:secret:${name}-AbCdEf`
}
