import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Match } from 'aws-cdk-lib/assertions'
import { z } from 'zod'
import { synthesize, theOnly } from './synthesized.ts'

const dev = synthesize('dev').data
const { data: prod, service } = synthesize('prod')
const DATABASE = 'AWS::RDS::DBInstance'

test('conversations are encrypted with a key of their own that rotates', () => {
  prod.hasResourceProperties(DATABASE, {
    StorageEncrypted: true,
    KmsKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^DataKey'), 'Arn'] },
  })
  prod.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true })
})

test('the database is PostgreSQL 18 on a port that scans do not try first', () => {
  prod.hasResourceProperties(DATABASE, {
    Engine: 'postgres',
    EngineVersion: Match.stringLikeRegexp('^18'),
    Port: '5433',
  })
})

test('the database cannot be reached from outside the network', () => {
  prod.hasResourceProperties(DATABASE, { PubliclyAccessible: false })
  prod.hasResourceProperties('AWS::RDS::DBSubnetGroup', {
    SubnetIds: Match.arrayWith([{ 'Fn::ImportValue': Match.stringLikeRegexp('IsolatedSubnet1') }]),
  })
  assert.doesNotMatch(
    JSON.stringify(prod.findResources('AWS::RDS::DBSubnetGroup')),
    /Public|Private/,
  )
})

test('connections without TLS are refused', () => {
  prod.hasResourceProperties('AWS::RDS::DBParameterGroup', {
    Family: 'postgres18',
    Parameters: Match.objectLike({ 'rds.force_ssl': '1' }),
  })
})

// Slow statements are worth knowing; what people have written to each other is among their values.
test('the log of the database never holds what a statement was given', () => {
  prod.hasResourceProperties('AWS::RDS::DBParameterGroup', {
    Parameters: Match.objectLike({
      log_parameter_max_length: '0',
      log_parameter_max_length_on_error: '0',
    }),
  })
})

// RDS makes its log groups itself otherwise: unencrypted, and never emptied.
test('the logs of the database are there before it is, encrypted and kept for a known time', () => {
  for (const name of ['postgresql', 'upgrade']) {
    prod.hasResource('AWS::Logs::LogGroup', {
      Properties: {
        LogGroupName: `/aws/rds/instance/chatkit-prod/${name}`,
        RetentionInDays: 365,
        KmsKeyId: Match.anyValue(),
      },
      DeletionPolicy: 'RetainExceptOnCreate',
    })
  }
  const [database] = Object.values(prod.findResources(DATABASE))
  assert.match(JSON.stringify(database?.['DependsOn']), /Logpostgresql.*Logupgrade/)
  prod.hasResourceProperties(DATABASE, { EnableCloudwatchLogsExports: ['postgresql', 'upgrade'] })
})

test('only the tasks and the rotation of the password may open a connection', () => {
  prod.resourcePropertiesCountIs(
    'AWS::EC2::SecurityGroup',
    { SecurityGroupIngress: Match.anyValue() },
    0,
  )
  const peers = [
    { template: prod, group: 'Fn::GetAtt', peer: '^DatabaseRotationSecurityGroup' },
    { template: service, group: 'Fn::ImportValue', peer: '^ChatSecurityGroup' },
  ]
  for (const { template, group, peer } of peers) {
    const name = Match.stringLikeRegexp('DatabaseSecurityGroup')
    const database = { [group]: group === 'Fn::GetAtt' ? [name, 'GroupId'] : name }
    const ingress = 'AWS::EC2::SecurityGroupIngress'
    template.resourcePropertiesCountIs(ingress, { GroupId: database }, 1)
    template.hasResourceProperties(ingress, {
      GroupId: database,
      SourceSecurityGroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp(peer), 'GroupId'] },
      FromPort: 5433,
      ToPort: 5433,
    })
  }
})

test('production survives the loss of a zone and of a careless command', () => {
  prod.hasResource(DATABASE, {
    Properties: { MultiAZ: true, DeletionProtection: true, BackupRetentionPeriod: 14 },
    DeletionPolicy: 'Snapshot',
    UpdateReplacePolicy: 'Snapshot',
  })
})

// A snapshot that nobody can decrypt is no backup.
test('the key outlives the stack in production', () => {
  prod.hasResource('AWS::KMS::Key', { DeletionPolicy: 'RetainExceptOnCreate' })
})

test('development leaves nothing behind', () => {
  dev.hasResource(DATABASE, {
    Properties: { DeletionProtection: false, DeleteAutomatedBackups: true },
    DeletionPolicy: 'Delete',
  })
  dev.hasResource('AWS::KMS::Key', { DeletionPolicy: 'Delete' })
})

// A deployment that made the secret would empty it, and could only be set afterwards.
test('no template makes the secret of the OpenAI key, so no deployment can overwrite it', () => {
  for (const template of [prod, service]) {
    for (const { Properties } of Object.values(
      template.findResources('AWS::SecretsManager::Secret'),
    )) {
      assert.doesNotMatch(JSON.stringify(Properties), /openai/i)
    }
  }
  prod.hasOutput('OpenAiKeySecret', { Value: 'chatkit/prod/openai-api-key' })
})

// Until the next rotation, tokens that were signed with the old secret stay valid.
test('the secret that signs tokens rotates every 90 days, and not at the first deployment', () => {
  prod.hasResourceProperties('AWS::SecretsManager::RotationSchedule', {
    SecretId: { Ref: Match.stringLikeRegexp('^SecretsJwtSecret') },
    RotationRules: { ScheduleExpression: 'rate(90 days)' },
    RotateImmediatelyOnUpdate: false,
    RotationLambdaARN: Match.anyValue(),
  })
  prod.hasResourceProperties('AWS::Lambda::Permission', {
    Principal: 'secretsmanager.amazonaws.com',
    SourceAccount: '111122223333',
  })
})

test('the password of the database rotates every 30 days', () => {
  prod.hasResourceProperties('AWS::SecretsManager::RotationSchedule', {
    SecretId: { Ref: Match.stringLikeRegexp('^DatabaseSecretAttachment') },
    RotationRules: { ScheduleExpression: 'rate(30 days)' },
    RotateImmediatelyOnUpdate: false,
    HostedRotationLambda: Match.objectLike({
      RotationType: 'PostgreSQLSingleUser',
      RotationLambdaName: 'chatkit-prod-database-rotation',
      KmsKeyArn: Match.anyValue(),
    }),
  })
})

test('the secret that signs tokens is generated and has at least 32 bytes', () => {
  const { GenerateSecretString: generated } = z
    .object({ GenerateSecretString: z.object({ PasswordLength: z.int() }) })
    .parse(
      Object.values(
        prod.findResources('AWS::SecretsManager::Secret', {
          Properties: { Description: Match.stringLikeRegexp('^JWT_SECRET') },
        }),
      )[0]?.['Properties'],
    )
  assert.ok(generated.PasswordLength >= 32)
})

test('no password is in the template', () => {
  const { MasterUserPassword: password } = z
    .object({ MasterUserPassword: z.unknown() })
    .parse(theOnly(prod, DATABASE))
  assert.match(JSON.stringify(password), /resolve:secretsmanager/)
})

const BUCKET = 'AWS::S3::Bucket'

test('attachments are private, encrypted with the data key, versioned and reached over TLS only', () => {
  prod.hasResource(BUCKET, {
    Properties: {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          Match.objectLike({
            BucketKeyEnabled: true,
            ServerSideEncryptionByDefault: {
              SSEAlgorithm: 'aws:kms',
              KMSMasterKeyID: { 'Fn::GetAtt': [Match.stringLikeRegexp('^DataKey'), 'Arn'] },
            },
          }),
        ],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      VersioningConfiguration: { Status: 'Enabled' },
      LoggingConfiguration: Match.objectLike({ LogFilePrefix: 'attachments/' }),
    },
    DeletionPolicy: 'RetainExceptOnCreate',
  })
  const policies = Object.values(prod.findResources('AWS::S3::BucketPolicy'))
  assert.equal(policies.length, 2)
  for (const policy of policies)
    assert.match(JSON.stringify(policy), /"aws:SecureTransport":"false"/)
})

// A browser asks before it uploads; one header that is not allowed, and it does not.
test('browsers may upload and show attachments from the configured pages, and from no other', () => {
  prod.hasResourceProperties(BUCKET, {
    CorsConfiguration: {
      CorsRules: [
        Match.objectLike({
          AllowedOrigins: ['https://app.example.com'],
          AllowedMethods: ['PUT', 'GET'],
          AllowedHeaders: ['*'],
        }),
      ],
    },
  })
})

test('Aurora serves by choice: its size follows the load, and a reader waits in another zone', () => {
  const { data } = synthesize('prod', (settings) => ({
    ...settings,
    database: { ...settings.database, engine: 'aurora', capacity: { min: 1, max: 16 } },
  }))
  data.hasResource('AWS::RDS::DBCluster', {
    Properties: {
      Engine: 'aurora-postgresql',
      EngineVersion: Match.stringLikeRegexp('^18'),
      Port: 5433,
      StorageEncrypted: true,
      DeletionProtection: true,
      BackupRetentionPeriod: 14,
      ServerlessV2ScalingConfiguration: { MinCapacity: 1, MaxCapacity: 16 },
    },
    DeletionPolicy: 'Snapshot',
  })
  data.resourceCountIs(DATABASE, 2)
  data.allResourcesProperties(DATABASE, {
    DBInstanceClass: 'db.serverless',
    PubliclyAccessible: false,
  })
  data.hasResourceProperties('AWS::RDS::DBClusterParameterGroup', {
    Parameters: Match.objectLike({ 'rds.force_ssl': '1' }),
  })
})

test('operators are told when the standby takes over', () => {
  prod.hasResourceProperties('AWS::RDS::EventSubscription', {
    SourceType: 'db-instance',
    EventCategories: Match.arrayWith(['failover', 'failure', 'low storage']),
    SnsTopicArn: { 'Fn::ImportValue': Match.stringLikeRegexp('AlarmTopic') },
  })
})
