import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Match, type Template } from 'aws-cdk-lib/assertions'
import { z } from 'zod'
import { synthesize } from './synthesized.ts'

// What writes to a log that is not there gets one from AWS: not encrypted with our key, never
// emptied, and left behind when its stack is destroyed.

const stacks = ['network', 'data', 'service', 'operations'] as const
const Group = z.object({
  DeletionPolicy: z.string(),
  Properties: z.object({
    LogGroupName: z.string().optional(),
    RetentionInDays: z.number(),
    KmsKeyId: z.json(),
  }),
})
const Lambda = z.object({ Properties: z.object({ LoggingConfig: z.json() }) })

function groupsOf(template: Template): Record<string, z.infer<typeof Group>> {
  return z.record(z.string(), Group).parse(template.findResources('AWS::Logs::LogGroup'))
}

for (const environment of ['dev', 'prod'] as const) {
  const synthesized = synthesize(environment)

  test(`each function of ${environment} writes to a log of its own stack`, () => {
    let count = 0
    for (const stack of stacks) {
      const groups = groupsOf(synthesized[stack])
      const functions = synthesized[stack].findResources('AWS::Lambda::Function')
      for (const { Properties } of Object.values(z.record(z.string(), Lambda).parse(functions))) {
        const { LogGroup } = z
          .object({ LogGroup: z.object({ Ref: z.string() }) })
          .parse(Properties.LoggingConfig)
        assert.ok(groups[LogGroup.Ref], JSON.stringify(LogGroup))
        count += 1
      }
    }
    assert.ok(count >= 3)
  })

  test(`every log of ${environment} is encrypted, and kept as long as it should be`, () => {
    const all = stacks.flatMap((stack) => Object.values(groupsOf(synthesized[stack])))
    for (const { Properties, DeletionPolicy } of all) {
      assert.equal(Properties.RetentionInDays, environment === 'prod' ? 365 : 7)
      assert.equal(DeletionPolicy, environment === 'prod' ? 'RetainExceptOnCreate' : 'Delete')
    }
    const names = all.flatMap(({ Properties }) => Properties.LogGroupName ?? [])
    for (const name of [
      `/aws/lambda/chatkit-${environment}-database-rotation`,
      `/aws/ecs/containerinsights/chatkit-${environment}/performance`,
    ]) {
      assert.ok(names.includes(name), name)
    }
  })
}

const prod = synthesize('prod')

test('the cluster has the name that its log has, and comes after it', () => {
  prod.service.hasResource('AWS::ECS::Cluster', {
    Properties: { ClusterName: 'chatkit-prod' },
    DependsOn: Match.arrayWith([Match.stringLikeRegexp('^ChatInsightsLog')]),
  })
})

test('the rotation of the password has the name that its log has, and comes after it', () => {
  prod.data.hasResource('AWS::SecretsManager::RotationSchedule', {
    Properties: {
      HostedRotationLambda: Match.objectLike({
        RotationLambdaName: 'chatkit-prod-database-rotation',
      }),
    },
    DependsOn: Match.arrayWith([Match.stringLikeRegexp('^DatabaseRotationLog')]),
  })
})
