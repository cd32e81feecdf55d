import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Match } from 'aws-cdk-lib/assertions'
import { z } from 'zod'
import type { Environment } from '../../infra/read-config.ts'
import { synthesize, theOnly } from './synthesized.ts'

const { service: prod } = synthesize('prod')

/** The name of the resource that asks, with these settings of the service. */
function checkOf(change: Partial<Environment['service']>): string {
  const { service } = synthesize('prod', (settings) => ({
    ...settings,
    service: { ...settings.service, ...change },
  }))
  return Object.keys(service.findResources('Custom::DemandedSecret')).join()
}

test('a deployment stops at once when nobody has set the OpenAI key, and says what to do', () => {
  const { ServiceTimeout, SecretId, Advice } = z
    .object({ ServiceTimeout: z.string(), SecretId: z.string(), Advice: z.string() })
    .parse(theOnly(prod, 'Custom::DemandedSecret'))
  assert.equal(SecretId, 'chatkit/prod/openai-api-key')
  assert.match(Advice, /npm run secret -- set openai --env prod/)
  assert.ok(Number(ServiceTimeout) <= 60)
  // It knows whether the secret has a value, and may not read it.
  const rights = prod.findResources('AWS::IAM::ManagedPolicy', {
    Properties: { Description: Match.stringLikeRegexp('^Tells a deployment') },
  })
  assert.match(JSON.stringify(rights), /secretsmanager:DescribeSecret/)
  assert.doesNotMatch(JSON.stringify(rights), /GetSecretValue/)
})

// What has been made by then would have to be deleted again, and in production it is protected.
test('nothing of the service is made before the OpenAI key is there', () => {
  const Resources = z.record(
    z.string(),
    z.looseObject({ Type: z.string(), DependsOn: z.array(z.string()).default([]) }),
  )
  const { Resources: all } = z.object({ Resources }).parse(prod.toJSON())
  const before = Object.entries(all)
    .filter(([, { DependsOn }]) => !DependsOn.some((id) => id.startsWith('OpenAiKeyCheck')))
    .map(([id]) => id.replace(/[0-9A-F]{8}.*$/, ''))
  assert.deepEqual(before.toSorted(), [
    'LogKey',
    'OpenAiKeyCheck',
    'OpenAiKeyLooksFunction',
    'OpenAiKeyLooksLogGroup',
    'OpenAiKeyLooksRunsPolicy',
    'OpenAiKeyLooksRunsRole',
  ])
})

// CloudFormation asks a custom resource when it makes it, and never again while nothing about it
// changes.
test('each version of the service asks for the OpenAI key anew, and the same one does not', () => {
  const first = checkOf({})
  assert.equal(checkOf({}), first)
  assert.notEqual(checkOf({ image: { uri: 'example.org/chat:2' } }), first)
  assert.notEqual(checkOf({ openAiModel: 'gpt-5' }), first)
})
