import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adapt } from '../../../infra/commands/rehearsal/adapt.ts'
import { runCommand } from './run-command.ts'

const supported = new Set(['AWS::EC2::VPC', 'AWS::ECS::Service'])

test('what moto cannot make is taken out and named, and nothing refers to it any more', () => {
  const { template, removed } = adapt(
    {
      Resources: {
        Vpc: { Type: 'AWS::EC2::VPC' },
        Closed: { Type: 'Custom::VpcRestrictDefaultSG', Properties: { Vpc: { Ref: 'Vpc' } } },
        Secret: { Type: 'AWS::SecretsManager::Secret' },
        Service: {
          Type: 'AWS::ECS::Service',
          DependsOn: ['Closed', 'Vpc'],
          Properties: {
            Secret: { Ref: 'Secret' },
            Closed: { 'Fn::GetAtt': ['Closed', 'Arn'] },
            Vpc: { 'Fn::Join': ['', ['x', { Ref: 'Vpc' }]] },
          },
        },
      },
      Outputs: { Secret: { Value: { Ref: 'Secret' } } },
    },
    { supported, standIns: new Map([['Secret', 'arn:of:the:secret']]) },
  )
  assert.deepEqual(removed, ['AWS::SecretsManager::Secret', 'Custom::VpcRestrictDefaultSG'])
  assert.deepEqual(template, {
    Resources: {
      Vpc: { Type: 'AWS::EC2::VPC' },
      Service: {
        Type: 'AWS::ECS::Service',
        DependsOn: ['Vpc'],
        Properties: {
          Secret: 'arn:of:the:secret',
          Closed: 'arn:aws:not-rehearsed:::Closed',
          Vpc: { 'Fn::Join': ['', ['x', { Ref: 'Vpc' }]] },
        },
      },
    },
    Outputs: { Secret: { Value: 'arn:of:the:secret' } },
  })
})

test('a task definition of another version is another one, wherever it is named', () => {
  const { template } = adapt(
    {
      Resources: {
        Task: { Type: 'AWS::ECS::TaskDefinition' },
        Service: { Type: 'AWS::ECS::Service', Properties: { Definition: { Ref: 'Task' } } },
      },
    },
    {
      supported: new Set(['AWS::ECS::Service', 'AWS::ECS::TaskDefinition']),
      standIns: new Map(),
      version: 'Second',
    },
  )
  assert.deepEqual(Object.keys(template.Resources), ['TaskSecond', 'Service'])
  assert.deepEqual(template.Resources['Service']?.Properties, {
    Definition: { Ref: 'TaskSecond' },
  })
})

test('without moto, the rehearsal says what it needs, and that nothing else does', async () => {
  const env = { PATH: '/nonexistent' }
  const { code, stderr } = await runCommand('rehearse', ['--env', 'dev'], { env })
  assert.equal(code, 1)
  assert.match(stderr, /^The rehearsal needs Python 3 with moto, .*pip install 'moto\[server\]'/)
})
