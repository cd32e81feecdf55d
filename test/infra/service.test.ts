import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Match } from 'aws-cdk-lib/assertions'
import { z } from 'zod'
import { IMAGE_URI, synthesize, theOnly } from './synthesized.ts'

const { service: prod } = synthesize('prod')
const TASK = 'AWS::ECS::TaskDefinition'
const SERVICE = 'AWS::ECS::Service'

const Variables = z.array(z.object({ Name: z.string(), Value: z.unknown() }))
const Container = z.looseObject({ Name: z.string(), Environment: Variables })
const Task = z.object({ ContainerDefinitions: z.tuple([Container, Container]) })
const [migration, container] = Task.parse(theOnly(prod, TASK)).ContainerDefinitions
const variables = Object.fromEntries(container.Environment.map(({ Name, Value }) => [Name, Value]))

const Policy = z.object({
  Description: z.string(),
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

/** What the managed policy with this description allows. */
function rightsOf(description: RegExp): z.infer<typeof Policy>['PolicyDocument']['Statement'] {
  const policies = Object.values(prod.findResources('AWS::IAM::ManagedPolicy'))
  const found = policies
    .map(({ Properties }) => Policy.parse(Properties))
    .filter(({ Description }) => description.test(Description))
  assert.equal(found.length, 1, String(description))
  return found[0]?.PolicyDocument.Statement ?? []
}

test('tasks run on arm64 by default, and on x86_64 when the one setting says so', () => {
  prod.hasResourceProperties(TASK, { RuntimePlatform: { CpuArchitecture: 'ARM64' } })
  const { service } = synthesize('prod', (settings) => ({
    ...settings,
    service: { ...settings.service, architecture: 'x86_64' },
  }))
  service.hasResourceProperties(TASK, { RuntimePlatform: { CpuArchitecture: 'X86_64' } })
})

test('whoever breaks into the process is not root and can write nothing but /tmp', () => {
  for (const one of [migration, container]) {
    assert.match(z.string().parse(one['User']), /^[1-9]\d*:[1-9]\d*$/)
    assert.equal(one['ReadonlyRootFilesystem'], true)
    assert.equal(one['Privileged'] ?? false, false)
    assert.deepEqual(one['MountPoints'], [
      { ContainerPath: '/tmp', ReadOnly: false, SourceVolume: 'tmp' },
    ])
    assert.deepEqual(one['LinuxParameters'], {
      Capabilities: { Drop: ['ALL'] },
      InitProcessEnabled: true,
    })
  }
  prod.hasResourceProperties(SERVICE, { EnableExecuteCommand: false })
})

test('the service learns its settings by the names that it reads', () => {
  const { NODE_ENV, PORT, FRONTEND_URL, ...others } = variables
  assert.equal(variables['LIVE_RUNS_MAX'], '300')
  assert.equal(variables['METRICS_SERVICE'], 'chatkit-prod')
  assert.deepEqual(
    { NODE_ENV, PORT, FRONTEND_URL },
    { NODE_ENV: 'production', PORT: '8080', FRONTEND_URL: 'https://app.example.com' },
  )
  assert.deepEqual(Object.keys(others).toSorted(), [
    'ATTACHMENTS_BUCKET',
    'AUTH',
    'DATABASE_CONNECTIONS_MAX',
    'DATABASE_SECRET_ID',
    'HEADERS_TIMEOUT_SECONDS',
    'HEARTBEAT_SECONDS',
    'JWT_OVERLAP_SECONDS',
    'JWT_SECRET_SECRET_ID',
    'KEEP_ALIVE_SECONDS',
    'LIVE_RUNS_MAX',
    'METRICS_SERVICE',
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
      ContainerDefinitions: Match.arrayWith([
        Match.objectLike({ Name: 'service', Environment: Match.arrayWith([variable]) }),
      ]),
    })
  }
})

// Everyone who may describe a task may read its environment.
test('the environment says where the secrets are and never what they are', () => {
  assert.equal(container['Secrets'], undefined)
  for (const name of ['JWT_SECRET', 'DATABASE']) {
    assert.match(JSON.stringify(variables[`${name}_SECRET_ID`]), /Fn::ImportValue/, name)
  }
  assert.equal(variables['OPENAI_API_KEY_SECRET_ID'], 'chatkit/prod/openai-api-key')
  assert.doesNotMatch(JSON.stringify([migration, container]), /sk-|resolve:secretsmanager/)
})

test('the running service may read three secrets, handle attachments, and nothing else', () => {
  const rights = rightsOf(/^The chat service while it runs/)
  assert.deepEqual(
    rights.map(({ Action }) => Action),
    [
      'secretsmanager:GetSecretValue',
      'kms:Decrypt',
      ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'],
      ['kms:Decrypt', 'kms:GenerateDataKey'],
    ],
  )
  const [read, decrypt, files, encrypt] = rights
  assert.equal(z.array(z.unknown()).parse(read?.Resource).length, 3)
  assert.doesNotMatch(JSON.stringify([read?.Resource, decrypt?.Resource]), /\*/)
  assert.match(JSON.stringify(decrypt?.Condition), /kms:ViaService.*secretsmanager/)
  assert.match(JSON.stringify(files?.Resource), /AttachmentsBucket.*"\/\*"/)
  assert.match(JSON.stringify(encrypt?.Condition), /kms:ViaService.*s3/)
})

test('preparing a task may pull its own image and write its own log', () => {
  const rights = rightsOf(/^Pulls the image/)
  const everywhere = rights.filter(({ Resource }) => JSON.stringify(Resource).includes('*'))
  assert.deepEqual(
    everywhere.map(({ Action }) => Action),
    ['ecr:GetAuthorizationToken'], // ECR knows no narrower resource for it
  )
  assert.match(JSON.stringify(rights), /repository\/chat"/)
})

// A version that serves before its tables are there answers with errors to real people.
test('no task serves before the database has been migrated, with the very same image', () => {
  assert.deepEqual(container['DependsOn'], [{ Condition: 'SUCCESS', ContainerName: 'migrate' }])
  assert.deepEqual(migration['Command'], ['node', 'main.js', 'migrate'])
  assert.equal(migration['Essential'], false)
  assert.equal(container['Essential'], true)
  assert.deepEqual(migration['Image'], container['Image'])
  assert.deepEqual(migration.Environment, container.Environment)
})

test('nothing has an inline policy, which no list of policies would show', () => {
  prod.resourceCountIs('AWS::IAM::Policy', 0)
  prod.resourcePropertiesCountIs('AWS::IAM::Role', { Policies: Match.anyValue() }, 0)
})

test('only ECS, and only for this account, may act as a task', () => {
  for (const role of Object.values(prod.findResources('AWS::IAM::Role'))) {
    const trust = JSON.stringify(role)
    if (trust.includes('ecs-tasks.amazonaws.com')) assert.match(trust, /aws:SourceAccount/)
  }
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

test('a crash restarts the process in its place, if it has run for a minute', () => {
  assert.deepEqual(container['RestartPolicy'], { Enabled: true, RestartAttemptPeriod: 60 })
})

// On the way out as on the way in: what drains still stores what it has said.
test('the way to the database is open before the first task starts and until the last has gone', () => {
  const [service] = Object.values(prod.findResources(SERVICE))
  const before = JSON.stringify(service?.['DependsOn'])
  assert.match(before, /ChatSecurityGroupto[a-z]+DatabaseSecurityGroup/)
  assert.match(before, /ChatSecurityGroup[a-z]+DatabaseSecurityGroup[0-9A-Z]+to/)
})

test('a task has two minutes between SIGTERM and SIGKILL, and the service knows of them', () => {
  assert.equal(container['StopTimeout'], 120)
  assert.equal(variables['SHUTDOWN_SECONDS'], '110')
})

test('a log that cannot be delivered does not stop a stream', () => {
  prod.hasResourceProperties(TASK, {
    ContainerDefinitions: Array.from({ length: 2 }, () =>
      Match.objectLike({
        LogConfiguration: {
          LogDriver: 'awslogs',
          Options: Match.objectLike({ mode: 'non-blocking' }),
        },
      }),
    ),
  })
})

test('the log is encrypted, kept for a year, and survives the stack in production', () => {
  prod.hasResource('AWS::Logs::LogGroup', {
    Properties: {
      RetentionInDays: 365,
      KmsKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^LogKey'), 'Arn'] },
    },
    DeletionPolicy: 'RetainExceptOnCreate',
  })
  prod.hasResource('AWS::KMS::Key', { DeletionPolicy: 'RetainExceptOnCreate' })
})

test('variables of the team reach the service', () => {
  const { service } = synthesize('prod', (settings) => ({
    ...settings,
    service: { ...settings.service, variables: { CRM_URL: 'https://crm.example.com' } },
  }))
  service.hasResourceProperties(TASK, {
    ContainerDefinitions: Match.arrayWith([
      Match.objectLike({
        Name: 'service',
        Environment: Match.arrayWith([{ Name: 'CRM_URL', Value: 'https://crm.example.com' }]),
      }),
    ]),
  })
})

test('a given image is used as it is', () => {
  assert.match(JSON.stringify(container['Image']), /\/chat:1\.2\.3"/)
  assert.match(IMAGE_URI, /\/chat:1\.2\.3$/)
})
