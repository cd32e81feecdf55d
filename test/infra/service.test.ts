import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Match } from 'aws-cdk-lib/assertions'
import { z } from 'zod'
import { IMAGE_URI, synthesize, theOnly } from './synthesized.ts'

const { service: prod } = synthesize('prod')
const TASK = 'AWS::ECS::TaskDefinition'
const SERVICE = 'AWS::ECS::Service'

const Variables = z.array(z.object({ Name: z.string(), Value: z.unknown() }))
const Task = z.object({
  ContainerDefinitions: z.tuple([z.looseObject({ Environment: Variables })]),
})
const [container] = Task.parse(theOnly(prod, TASK)).ContainerDefinitions
const variables = Object.fromEntries(container.Environment.map(({ Name, Value }) => [Name, Value]))

const Policy = z.object({
  PolicyDocument: z.object({
    Statement: z.array(
      z.object({
        Effect: z.string(),
        Action: z.union([z.string(), z.array(z.string())]),
        Resource: z.unknown(),
        Condition: z.unknown().optional(),
      }),
    ),
  }),
})

test('tasks run on arm64 by default, and on x86_64 when the one setting says so', () => {
  prod.hasResourceProperties(TASK, { RuntimePlatform: { CpuArchitecture: 'ARM64' } })
  const { service } = synthesize('prod', (settings) => ({
    ...settings,
    service: { ...settings.service, architecture: 'x86_64' },
  }))
  service.hasResourceProperties(TASK, { RuntimePlatform: { CpuArchitecture: 'X86_64' } })
})

test('whoever breaks into the process is not root and can write nothing but /tmp', () => {
  assert.match(z.string().parse(container['User']), /^[1-9]\d*:[1-9]\d*$/)
  assert.equal(container['ReadonlyRootFilesystem'], true)
  assert.equal(container['Privileged'] ?? false, false)
  assert.deepEqual(container['MountPoints'], [
    { ContainerPath: '/tmp', ReadOnly: false, SourceVolume: 'tmp' },
  ])
  assert.deepEqual(container['LinuxParameters'], {
    Capabilities: { Drop: ['ALL'] },
    InitProcessEnabled: true,
  })
  prod.hasResourceProperties(SERVICE, { EnableExecuteCommand: false })
})

test('the service learns its settings by the names that it reads', () => {
  const { NODE_ENV, PORT, FRONTEND_URL, ...others } = variables
  assert.deepEqual(
    { NODE_ENV, PORT, FRONTEND_URL },
    { NODE_ENV: 'production', PORT: '8080', FRONTEND_URL: 'https://app.example.com' },
  )
  assert.deepEqual(Object.keys(others).toSorted(), [
    'DATABASE_SECRET_ID',
    'HEADERS_TIMEOUT_SECONDS',
    'HEARTBEAT_SECONDS',
    'JWT_SECRET_SECRET_ID',
    'KEEP_ALIVE_SECONDS',
    'OPENAI_API_KEY_SECRET_ID',
    'REQUEST_TIMEOUT_SECONDS',
    'SHUTDOWN_SECONDS',
    'STREAM_SECONDS_MAX',
  ])
})

test('log level and model reach the service when they are configured', () => {
  const { service } = synthesize('prod', (settings) => ({
    ...settings,
    service: { ...settings.service, logLevel: 'debug', openAiModel: 'gpt-5-mini' },
  }))
  for (const variable of [
    { Name: 'LOG_LEVEL', Value: 'debug' },
    { Name: 'OPENAI_MODEL', Value: 'gpt-5-mini' },
  ]) {
    service.hasResourceProperties(TASK, {
      ContainerDefinitions: [{ Environment: Match.arrayWith([variable]) }],
    })
  }
})

// Everyone who may describe a task may read its environment.
test('the environment says where the secrets are and never what they are', () => {
  assert.equal(container['Secrets'], undefined)
  for (const name of ['OPENAI_API_KEY', 'JWT_SECRET', 'DATABASE']) {
    const value = JSON.stringify(variables[`${name}_SECRET_ID`] ?? variables[`${name}_ID`])
    assert.match(value, /Fn::ImportValue/, name)
  }
  assert.doesNotMatch(JSON.stringify(container), /sk-|resolve:secretsmanager/)
})

test('the running service may read three secrets and do nothing else in AWS', () => {
  const { Statement } = Policy.parse(theOnly(prod, 'AWS::IAM::ManagedPolicy')).PolicyDocument
  assert.deepEqual(
    Statement.map(({ Action }) => Action),
    ['secretsmanager:GetSecretValue', 'kms:Decrypt'],
  )
  const [read, decrypt] = Statement
  assert.equal(z.array(z.unknown()).parse(read?.Resource).length, 3)
  assert.match(JSON.stringify(read?.Resource), /"Fn::ImportValue"/)
  assert.doesNotMatch(JSON.stringify([read?.Resource, decrypt?.Resource]), /\*/)
  assert.match(JSON.stringify(decrypt?.Condition), /kms:ViaService.*secretsmanager/)
})

test('preparing a task may pull its own image and write its own log', () => {
  const { Statement } = Policy.parse(theOnly(prod, 'AWS::IAM::Policy')).PolicyDocument
  const everywhere = Statement.filter(({ Resource }) => JSON.stringify(Resource).includes('*'))
  assert.deepEqual(
    everywhere.map(({ Action }) => Action),
    ['ecr:GetAuthorizationToken'], // ECR knows no narrower resource for it
  )
  assert.match(JSON.stringify(Statement), /repository\/chat"/)
})

test('only ECS, and only for this account, may act as a task', () => {
  for (const role of Object.values(prod.findResources('AWS::IAM::Role'))) {
    const trust = JSON.stringify(role)
    if (trust.includes('ecs-tasks.amazonaws.com')) assert.match(trust, /aws:SourceAccount/)
  }
})

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

test('tasks have no public address and are reached by the balancer alone', () => {
  prod.hasResourceProperties(SERVICE, {
    LaunchType: 'FARGATE',
    NetworkConfiguration: {
      AwsvpcConfiguration: {
        AssignPublicIp: 'DISABLED',
        Subnets: Match.arrayWith([{ 'Fn::ImportValue': Match.stringLikeRegexp('PrivateSubnet') }]),
      },
    },
  })
  prod.resourcePropertiesCountIs(
    'AWS::EC2::SecurityGroupIngress',
    { GroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ChatSecurityGroup'), 'GroupId'] } },
    1,
  )
  prod.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
    SourceSecurityGroupId: {
      'Fn::GetAtt': [Match.stringLikeRegexp('^EntranceBalancerSecurityGroup'), 'GroupId'],
    },
    FromPort: 8080,
    ToPort: 8080,
  })
})

test('tasks reach HTTPS and the database, and nothing else', () => {
  prod.hasResourceProperties('AWS::EC2::SecurityGroup', {
    GroupDescription: 'Chat tasks',
    SecurityGroupEgress: [Match.objectLike({ FromPort: 443, ToPort: 443, IpProtocol: 'tcp' })],
  })
})

// A check that asks the database would restart every task when the database is away.
test('a hung process is replaced, and the check needs no shell', () => {
  const { Command } = z.object({ Command: z.array(z.string()) }).parse(container['HealthCheck'])
  assert.deepEqual(Command.slice(0, 3), ['CMD', 'node', '-e'])
  assert.match(Command[3] ?? '', /http:\/\/127\.0\.0\.1:8080\/health'/)
})

test('a task has two minutes between SIGTERM and SIGKILL, and the service knows of them', () => {
  assert.equal(container['StopTimeout'], 120)
  assert.equal(variables['SHUTDOWN_SECONDS'], '110')
})

test('a log that cannot be delivered does not stop a stream', () => {
  prod.hasResourceProperties(TASK, {
    ContainerDefinitions: [
      { LogConfiguration: { LogDriver: 'awslogs', Options: { mode: 'non-blocking' } } },
    ],
  })
})

test('a given image is used as it is', () => {
  assert.match(JSON.stringify(container['Image']), /\/chat:1\.2\.3"/)
  assert.match(IMAGE_URI, /\/chat:1\.2\.3$/)
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
