import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { ACCOUNT, type FakeAws, startFakeAws } from './fake-aws.ts'
import { hasStackTrace, runCommand } from './run-command.ts'

const NAME = 'chatkit/dev/openai-api-key'
const BUCKET = `cdk-hnb659fds-assets-${ACCOUNT}-eu-central-1`

// Each starts processes and mostly waits for them.
suite('deploying, comparing and destroying', { concurrency: 6 }, () => {
  test('a deployment starts the CDK once everything is there, and says what comes next', async (t) => {
    const aws = ready(await startFakeAws(t))
    const { code, stdout } = await harness(aws, ['deploy'])
    assert.equal(code, 0)
    assert.match(stdout, /^cdk deploy --all -c env=dev \{/m)
    assert.match(stdout, /^Next: npm run domains -- --env dev$/m)
  })

  test('without questions, permissions are approved beforehand', async (t) => {
    const { stdout } = await harness(ready(await startFakeAws(t)), ['deploy-without-questions'])
    assert.match(stdout, /^cdk deploy --all -c env=dev --require-approval never /m)
  })

  test('everything that is missing is named at once, with what to do, and nothing is started', async (t) => {
    const aws = await startFakeAws(t)
    aws.buckets = [`cdk-hnb659fds-assets-${ACCOUNT}-us-east-1`, 'photos-eu-central-1']
    const { code, stdout, stderr } = await harness(aws, ['deploy'])
    assert.equal(code, 1)
    assert.match(
      stderr,
      /eu-central-1 is not bootstrapped in this account: npx cdk bootstrap aws:\/\//,
    )
    assert.match(stderr, /is not set: npm run secret -- set openai --env dev/)
    assert.doesNotMatch(stdout, /^cdk /m)
    assert.ok(!hasStackTrace(stderr))
  })

  test('a key whose deletion has begun counts as missing', async (t) => {
    const aws = ready(await startFakeAws(t))
    aws.secrets.set(NAME, {
      arn: 'arn:aws:secretsmanager:x',
      value: 'k',
      tags: {},
      isDeleted: true,
    })
    const { stderr } = await harness(aws, ['deploy'])
    assert.match(stderr, /OpenAI key \(chatkit\/dev\/openai-api-key\) is not set/)
  })

  // A role that deploys by OIDC may have no other right than to become the roles of the bootstrap.
  test('what the credentials may not see does not stop a deployment', async (t) => {
    const aws = await startFakeAws(t)
    aws.denied.add('ListBuckets').add('DescribeSecret')
    const { code, stdout } = await harness(aws, ['deploy'])
    assert.equal(code, 0)
    assert.match(stdout, /may not see whether the account is bootstrapped; going on/)
    assert.match(stdout, /^cdk deploy /m)
  })

  test('the bootstrap of another account does not count', async (t) => {
    const aws = await startFakeAws(t)
    aws.buckets = [BUCKET]
    const { stderr } = await harness(aws, ['deploy', JSON.stringify({ account: '999988887777' })])
    assert.match(stderr, /npx cdk bootstrap aws:\/\/999988887777\/eu-central-1/)
  })

  test('without a program that builds images, an image must be named', async (t) => {
    const aws = ready(await startFakeAws(t))
    const service = { architecture: 'arm64' } // no image
    const words = ['deploy', JSON.stringify({ service })]
    const { stderr } = await harness(aws, words, { PATH: '/nonexistent' })
    assert.match(stderr, /none of docker, podman, finch to build the image with/)
  })

  test('the CDK is told when the program is not Docker', async (t) => {
    const aws = ready(await startFakeAws(t))
    const folder = mkdtempSync(join(tmpdir(), 'chatkit-finch-'))
    t.after(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'finch'), '#!/bin/sh\n', { mode: 0o755 })
    const { stdout } = await harness(aws, ['deploy'], { PATH: folder })
    assert.match(stdout, /"CDK_DOCKER":"finch"/)
  })

  test('an unedited configuration is not deployed', async () => {
    const { code, stderr } = await runCommand('deploy', ['--env', 'dev'])
    assert.equal(code, 1)
    assert.match(stderr, /^chat\.dev\.example\.com is an example: put your own names into infra/)
  })

  test('a difference can be shown by a role that may only look', async (t) => {
    const { stdout } = await harness(await startFakeAws(t), ['diff'])
    // Without --all, which the CDK does not know there: it compares every stack by itself.
    assert.match(stdout, /^cdk diff -c env=dev --method=template /m)
  })

  test('destroying shows what is lost and does nothing until the name is repeated', async () => {
    const { code, stdout } = await runCommand('destroy', ['--env', 'dev'])
    assert.equal(code, 1)
    assert.match(stdout, /the database with every conversation, and its backups \(chatkit-dev-data/)
    assert.match(stdout, /Nothing was destroyed\. .*--env dev --confirm dev$/m)
  })

  test('the wrong name destroys nothing', async () => {
    const { code, stderr } = await runCommand('destroy', ['--env', 'dev', '--confirm', 'staging'])
    assert.equal(code, 1)
    assert.match(stderr, /^Nothing was destroyed: --confirm staging is not the name .* dev\.$/m)
  })

  test('the right name destroys, and what remains is named', async (t) => {
    const { code, stdout } = await harness(await startFakeAws(t), ['destroy'])
    assert.equal(code, 0)
    assert.match(stdout, /^cdk destroy --all --force -c env=dev /m)
    assert.match(stdout, /aws secretsmanager delete-secret .*chatkit\/dev\/openai-api-key/)
  })

  test('an environment that is not disposable is never destroyed, but explained', async () => {
    const { code, stderr } = await runCommand('destroy', ['--env', 'prod', '--confirm', 'prod'])
    assert.equal(code, 1)
    assert.match(stderr, /^prod is not disposable .*By hand/s)
    assert.match(stderr, /no-enable-termination-protection --stack-name chatkit-prod-\$part$/m)
    assert.match(
      stderr,
      /rds modify-db-instance --db-instance-identifier chatkit-prod --region eu-/,
    )
    // A shell with another region would say that there is nothing of the kind.
    const commands = stderr.replaceAll('\\\n', '').matchAll(/\baws \w+ [\w-]+ [^\n]*/g)
    for (const [line] of commands) assert.match(line, /--region eu-central-1/)
  })

  test('a cluster is not explained as if it were one server', async (t) => {
    const changes = JSON.stringify({ disposable: false, database: { engine: 'aurora' } })
    const { stderr } = await harness(await startFakeAws(t), ['destroy', changes])
    assert.match(stderr, /rds modify-db-cluster --db-cluster-identifier chatkit-dev --region/)
    assert.doesNotMatch(stderr, /db-instance/)
  })
})

function ready(aws: FakeAws): FakeAws {
  aws.buckets = [BUCKET]
  aws.secrets.set(NAME, {
    arn: `arn:aws:secretsmanager:eu-central-1:${ACCOUNT}:secret:${NAME}-1`,
    value: 'k',
    tags: {},
  })
  return aws
}

function harness(aws: FakeAws, words: readonly string[], env: Record<string, string> = {}) {
  const folder = 'test/infra/commands'
  return runCommand('deployment-harness', words, { folder, env: { ...aws.env, ...env } })
}
