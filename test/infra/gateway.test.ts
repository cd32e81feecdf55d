import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Match } from 'aws-cdk-lib/assertions'
import { z } from 'zod'
import { synthesize } from './synthesized.ts'

const TASK = 'AWS::ECS::TaskDefinition'
const Policy = z.object({
  Description: z.string(),
  PolicyDocument: z.object({
    Statement: z.array(z.object({ Resource: z.unknown() })),
  }),
})

test('a secret of the team reaches the service by name, and may be read', () => {
  const { service } = synthesize('prod', (settings) => ({
    ...settings,
    service: { ...settings.service, secrets: { CRM_SECRET_ID: 'crm/prod' } },
  }))
  service.hasResourceProperties(TASK, {
    ContainerDefinitions: Match.arrayWith([
      Match.objectLike({
        Name: 'service',
        Environment: Match.arrayWith([{ Name: 'CRM_SECRET_ID', Value: 'crm/prod' }]),
      }),
    ]),
  })
  service.hasResourceProperties('AWS::IAM::ManagedPolicy', {
    Description: Match.stringLikeRegexp('^The chat service while it runs'),
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Action: 'secretsmanager:GetSecretValue',
          Resource: Match.arrayWith([
            'arn:aws:secretsmanager:eu-central-1:111122223333:secret:crm/prod-??????',
          ]),
        }),
      ]),
    },
  })
})

const behindGateway = synthesize('prod', (settings) => ({
  ...settings,
  auth: { patterns: ['gateway'] },
  attachments: { enabled: false },
}))

test('a gateway gets a secret that is generated, encrypted and rotated', () => {
  const secret = { Ref: Match.stringLikeRegexp('^SecretsGatewaySecret') }
  behindGateway.service.hasResourceProperties('AWS::SecretsManager::Secret', {
    Description: 'GATEWAY_SECRET of the chat service; generated and rotated',
    GenerateSecretString: { ExcludePunctuation: true, PasswordLength: 64 },
    KmsKeyId: { 'Fn::ImportValue': Match.stringLikeRegexp('DataKey') },
  })
  behindGateway.service.hasResourceProperties('AWS::SecretsManager::RotationSchedule', {
    SecretId: secret,
    RotateImmediatelyOnUpdate: false,
    RotationRules: { ScheduleExpression: 'rate(90 days)' },
  })
  behindGateway.service.hasOutput('GatewaySecret', { Value: secret })
  synthesize('prod').service.resourceCountIs('AWS::SecretsManager::Secret', 0)
})

test('tasks may read the secrets of the patterns that are configured, and no others', () => {
  const policies = Object.values(
    behindGateway.service.findResources('AWS::IAM::ManagedPolicy'),
  ).map(({ Properties }) => Policy.parse(Properties))
  const task = policies.find(({ Description }) => Description.startsWith('The chat service while'))
  const [read, ...others] = task?.PolicyDocument.Statement ?? []
  assert.match(JSON.stringify(read?.Resource), /SecretsGatewaySecret/)
  assert.doesNotMatch(JSON.stringify(read?.Resource), /JwtSecret/)
  // Without attachments there is nothing to be done in a bucket.
  assert.doesNotMatch(JSON.stringify(others), /s3:/)
})

// An alarm that imported its name would keep CloudFormation from taking the gateway away again.
test('a gateway can be taken away: no other stack imports what belongs to it', () => {
  const { data, network, operations, service } = behindGateway
  for (const template of [data, network, operations]) {
    assert.doesNotMatch(JSON.stringify(template.toJSON()), /ImportValue":"[^"]*Gateway/)
  }
  operations.hasResourceProperties('AWS::CloudWatch::Alarm', {
    AlarmName: 'chatkit-prod: Secret rotation',
    Metrics: Match.arrayWith([
      Match.objectLike({
        MetricStat: Match.objectLike({
          Metric: Match.objectLike({
            Dimensions: [{ Name: 'FunctionName', Value: 'chatkit-prod-gateway-rotation' }],
          }),
        }),
      }),
    ]),
  })
  service.hasResourceProperties('AWS::Lambda::Function', {
    FunctionName: 'chatkit-prod-gateway-rotation',
  })
})

// CloudFormation refuses to remove an export in use, and the stack that uses it comes later.
test('patterns and attachments can be changed later: the data stack exports the same', () => {
  const exported = ({ data }: typeof behindGateway) => Object.keys(data.findOutputs('*'))
  const before = exported(synthesize('prod'))
  assert.deepEqual(exported(behindGateway).toSorted(), before.toSorted())
})
