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
    KmsKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] },
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
    Parameters: { 'rds.force_ssl': '1' },
  })
})

test('only the tasks may open a connection, and only to the Postgres port', () => {
  prod.resourcePropertiesCountIs(
    'AWS::EC2::SecurityGroup',
    { SecurityGroupIngress: Match.anyValue() },
    0,
  )
  prod.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0)
  service.resourcePropertiesCountIs(
    'AWS::EC2::SecurityGroupIngress',
    { GroupId: { 'Fn::ImportValue': Match.stringLikeRegexp('DatabaseSecurityGroup') } },
    1,
  )
  service.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
    GroupId: { 'Fn::ImportValue': Match.stringLikeRegexp('DatabaseSecurityGroup') },
    SourceSecurityGroupId: {
      'Fn::GetAtt': [Match.stringLikeRegexp('^ChatSecurityGroup'), 'GroupId'],
    },
    FromPort: 5433,
    ToPort: 5433,
  })
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
  prod.hasResource('AWS::KMS::Key', { DeletionPolicy: 'Retain' })
})

test('development leaves nothing behind', () => {
  dev.hasResource(DATABASE, {
    Properties: { DeletionProtection: false, DeleteAutomatedBackups: true },
    DeletionPolicy: 'Delete',
  })
  dev.hasResource('AWS::KMS::Key', { DeletionPolicy: 'Delete' })
})

// Anything that writes a value would be taken for a key, and would overwrite the operator's.
test('the template never gives the OpenAI key a value', () => {
  prod.hasResourceProperties('AWS::SecretsManager::Secret', {
    Description: Match.stringLikeRegexp('^OPENAI_API_KEY'),
    SecretString: Match.absent(),
    GenerateSecretString: Match.absent(),
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

test('the operator is told how to set the OpenAI key without showing it to anyone', () => {
  prod.hasOutput('SetOpenAiKey', {
    Value: {
      'Fn::Join': [
        '',
        [
          Match.stringLikeRegexp('read -rs KEY .* put-secret-value --region eu-central-1'),
          { Ref: Match.stringLikeRegexp('^SecretsOpenAiKey') },
          Match.stringLikeRegexp('file:///dev/stdin$'),
        ],
      ],
    },
  })
})
