import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { test, type TestContext } from 'node:test'
import type { Template } from 'aws-cdk-lib/assertions'
import { z } from 'zod'
import { weaknessOf } from '../../service/auth/secret-strength.ts'
import { type KeptSecret, loadFunction } from './secrets-manager.ts'
import { synthesize } from './synthesized.ts'

// The very code that the templates carry, loaded as Lambda loads it, with the real SDK.

const { data, service } = synthesize('prod')

const Function = z.object({
  Properties: z.object({ Description: z.string().default(''), Code: z.json() }),
})

/** What the function with this description runs. */
function codeOf(template: Template, description: RegExp): string {
  const functions = Object.values(template.findResources('AWS::Lambda::Function'))
  const found = functions
    .map((one) => Function.parse(one).Properties)
    .find(({ Description }) => description.test(Description))
  return z.object({ ZipFile: z.string() }).parse(found?.Code).ZipFile
}

const rotation = codeOf(data, /^Rotates JWT_SECRET/)
const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret']

function secretWith(values: Record<string, string>, stages: Record<string, string[]>): KeptSecret {
  return { values: new Map(Object.entries(values)), stages: new Map(Object.entries(stages)) }
}

test('a rotation makes a strong secret, announces it, and keeps the old one as the previous', async (t) => {
  const secret = secretWith({ old: 'a'.repeat(64) }, { old: ['AWSCURRENT'] })
  const lambda = await loadFunction(t, rotation, secret)
  for (const Step of STEPS) {
    // Who reads the pending version before it is current accepts what the first signers send.
    if (Step === 'finishSecret') assert.deepEqual(secret.stages.get('new'), ['AWSPENDING'])
    await lambda.handle({ Step, SecretId: 'jwt', ClientRequestToken: 'new' })
  }
  assert.equal(weaknessOf(secret.values.get('new') ?? ''), undefined)
  assert.ok(Buffer.byteLength(secret.values.get('new') ?? '') >= 32)
  assert.deepEqual(secret.stages.get('old'), ['AWSPREVIOUS'])
  assert.ok(secret.stages.get('new')?.includes('AWSCURRENT'))
  // Longer than the minute for which the service keeps what it has read.
  assert.deepEqual(lambda.waits, [90_000])
})

// Secrets Manager repeats a step that has failed, and some that have not.
test('a step that is repeated changes nothing', async (t) => {
  const secret = secretWith({ old: 'a'.repeat(64) }, { old: ['AWSCURRENT'] })
  const lambda = await loadFunction(t, rotation, secret)
  const event = { SecretId: 'jwt', ClientRequestToken: 'new' }
  await lambda.handle({ ...event, Step: 'createSecret' })
  const first = secret.values.get('new')
  await lambda.handle({ ...event, Step: 'createSecret' })
  assert.equal(secret.values.get('new'), first)
  await lambda.handle({ ...event, Step: 'finishSecret' })
  await lambda.handle({ ...event, Step: 'finishSecret' })
  assert.equal(lambda.asked.filter((one) => one === 'UpdateSecretVersionStage').length, 1)
})

test('a rotation without a new value fails before anybody signs with it', async (t) => {
  const secret = secretWith({ old: 'a'.repeat(64) }, { old: ['AWSCURRENT'] })
  const lambda = await loadFunction(t, rotation, secret)
  const event = { Step: 'testSecret', SecretId: 'jwt', ClientRequestToken: 'new' }
  await assert.rejects(lambda.handle(event), /has no value/)
})

/** What CloudFormation is told about the OpenAI key. */
async function answerOn(
  t: TestContext,
  secret: KeptSecret | undefined,
  RequestType = 'Create',
): Promise<{ Status: string; Reason?: string | undefined; asked: string[] }> {
  const answers: string[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      answers.push(body)
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  t.after(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const lambda = await loadFunction(t, codeOf(service, /^Tells a deployment/), secret)
  await lambda.handle({
    RequestType,
    ResponseURL: `http://localhost:${port}/answer?signature=x`,
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'Check',
    ResourceProperties: { SecretId: 'chatkit/prod/openai-api-key', Advice: 'Run: npm run secret.' },
  })
  const Answer = z.object({ Status: z.string(), Reason: z.string().optional() })
  return { ...Answer.parse(JSON.parse(answers[0] ?? '')), asked: lambda.asked }
}

test('a deployment goes on when the OpenAI key has been set, and nobody has read it', async (t) => {
  const answer = await answerOn(t, secretWith({ v1: 'sk-real' }, { v1: ['AWSCURRENT'] }))
  assert.equal(answer.Status, 'SUCCESS')
  assert.deepEqual(answer.asked, ['DescribeSecret'])
})

test('a deployment without the OpenAI key fails with what to do about it', async (t) => {
  const missing = await answerOn(t, undefined)
  assert.equal(missing.Status, 'FAILED')
  assert.equal(
    missing.Reason,
    'The secret chatkit/prod/openai-api-key does not exist. Run: npm run secret.',
  )
  const empty = await answerOn(t, secretWith({}, {}))
  assert.match(empty.Reason ?? '', /is empty\. Run: npm run secret\./)
})

// It is still described with all its versions, and every task is refused its value.
test('a deployment whose OpenAI key is being deleted fails with what to do about it', async (t) => {
  const secret = secretWith({ v1: 'sk-real' }, { v1: ['AWSCURRENT'] })
  const answer = await answerOn(t, { ...secret, deletedAt: 1_790_000_000 })
  assert.equal(answer.Status, 'FAILED')
  assert.match(answer.Reason ?? '', /is being deleted\. Run: npm run secret\./)
})

// A stack that cannot be deleted because a key is missing would be worse than a missing key.
test('deleting the stack asks for no key', async (t) => {
  const answer = await answerOn(t, undefined, 'Delete')
  assert.equal(answer.Status, 'SUCCESS')
  assert.deepEqual(answer.asked, [])
})
