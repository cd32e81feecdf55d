import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Match } from 'aws-cdk-lib/assertions'
import { z } from 'zod'
import { synthesize, theOnly } from './synthesized.ts'

const { service: prod } = synthesize('prod')
const SERVICE = 'AWS::ECS::Service'

test('a deployment never lowers the number of healthy tasks and undoes itself when it fails', () => {
  prod.hasResourceProperties(SERVICE, {
    AvailabilityZoneRebalancing: 'ENABLED',
    DeploymentConfiguration: {
      MinimumHealthyPercent: 100,
      MaximumPercent: 200,
      DeploymentCircuitBreaker: {
        Enable: true,
        Rollback: true,
        ThresholdConfiguration: { Type: 'COUNT', Value: 3 },
      },
      EarlySuccessCriteria: {
        Enable: true,
        HealthyPercent: 100,
        SourceServiceRevisionCleanup: 'DEFERRED',
      },
    },
  })
})

test('there are never fewer than two tasks, and a deployment does not undo scaling', () => {
  prod.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
    MinCapacity: 3,
    MaxCapacity: 12,
  })
  prod.hasResourceProperties(SERVICE, { DesiredCount: Match.absent() })
  for (const environment of ['dev', 'staging'] as const) {
    const target = theOnly(
      synthesize(environment).service,
      'AWS::ApplicationAutoScaling::ScalableTarget',
    )
    assert.ok(z.object({ MinCapacity: z.int() }).parse(target).MinCapacity >= 2, environment)
  }
})

test('tasks are added when the CPU is busy at 60 percent', () => {
  prod.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
    TargetTrackingScalingPolicyConfiguration: {
      TargetValue: 60,
      PredefinedMetricSpecification: {
        PredefinedMetricType: 'ECSServiceAverageCPUUtilization',
      },
    },
  })
})

// The number of requests would mislead: a stream is one request, for a second or for minutes.
test('tasks are added when those there are have 60 percent of the live answers they accept', () => {
  prod.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
    TargetTrackingScalingPolicyConfiguration: {
      TargetValue: 180,
      CustomizedMetricSpecification: {
        Namespace: 'ChatKit',
        MetricName: 'LiveRuns',
        Statistic: 'Average',
        Dimensions: [{ Name: 'service', Value: 'chatkit-prod' }],
      },
    },
  })
})

test('the operator is told how to replace all tasks', () => {
  prod.hasOutput('ReplaceTasks', {
    Value: {
      'Fn::Join': [
        '',
        [
          'aws ecs update-service --region eu-central-1 --cluster ',
          { Ref: Match.stringLikeRegexp('^ChatCluster') },
          ' --service ',
          { 'Fn::GetAtt': [Match.stringLikeRegexp('^ChatService'), 'Name'] },
          ' --force-new-deployment',
        ],
      ],
    },
  })
})
