import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Match } from 'aws-cdk-lib/assertions'
import { synthesize } from './synthesized.ts'

const dev = synthesize('dev').network
const prod = synthesize('prod').network

test('production spreads every layer over three zones, development over two', () => {
  prod.resourceCountIs('AWS::EC2::Subnet', 9)
  dev.resourceCountIs('AWS::EC2::Subnet', 6)
})

function subnetsOver(zones: number): [string, Record<string, unknown>][] {
  const { network } = synthesize('prod', (settings) => ({
    ...settings,
    network: { ...settings.network, zones },
  }))
  return Object.entries(network.findResources('AWS::EC2::Subnet'))
}

// The address range is divided among all layers; if a new zone divided it anew, every subnet would
// move.
test('a zone can be added later without moving a subnet', () => {
  const three = new Map(subnetsOver(3))
  for (const [id, { Properties }] of subnetsOver(2)) {
    assert.deepEqual(three.get(id)?.['Properties'], Properties)
  }
})

test('nothing gets a public address by being started', () => {
  prod.resourcePropertiesCountIs('AWS::EC2::Subnet', { MapPublicIpOnLaunch: true }, 0)
})

// With one gateway the zone that holds it takes the others' way to the model provider with it.
test('production has a NAT gateway in each zone, development pays for one', () => {
  prod.resourceCountIs('AWS::EC2::NatGateway', 3)
  dev.resourceCountIs('AWS::EC2::NatGateway', 1)
})

test('one regional NAT gateway can serve all zones', () => {
  const { network } = synthesize('prod', (settings) => ({
    ...settings,
    network: { ...settings.network, nat: 'regional' },
  }))
  network.hasResourceProperties('AWS::EC2::NatGateway', { AvailabilityMode: 'regional' })
  network.resourceCountIs('AWS::EC2::NatGateway', 1)
  // Before the internet gateway is attached, AWS refuses it.
  network.hasResource('AWS::EC2::NatGateway', {
    DependsOn: Match.arrayWith([Match.stringLikeRegexp('VPCGW')]),
  })
})

const without = synthesize('dev', (settings) => ({
  ...settings,
  network: { ...settings.network, nat: 'none' },
}))

test('without NAT no gateway is paid for, and nothing private has a way out', () => {
  without.network.resourceCountIs('AWS::EC2::NatGateway', 0)
  without.network.resourceCountIs('AWS::EC2::EIP', 0)
  // The default routes of the public subnets.
  without.network.resourcePropertiesCountIs(
    'AWS::EC2::Route',
    { DestinationCidrBlock: '0.0.0.0/0' },
    2,
  )
})

// Otherwise a team could never change its mind: subnets that are in use cannot be replaced.
test('without NAT the layers of the network are the same as with it', () => {
  const subnets = (template: typeof dev) => template.findResources('AWS::EC2::Subnet')
  assert.deepEqual(subnets(without.network), subnets(dev))
  const exported = (template: typeof dev) =>
    Object.keys(template.findOutputs('*')).filter((name) => name.includes('Subnet'))
  for (const name of exported(dev)) assert.ok(exported(without.network).includes(name), name)
})

test('without NAT tasks have public addresses, and the balancer alone reaches them', () => {
  without.service.hasResourceProperties('AWS::ECS::Service', {
    NetworkConfiguration: {
      AwsvpcConfiguration: {
        AssignPublicIp: 'ENABLED',
        Subnets: Match.arrayWith([{ 'Fn::ImportValue': Match.stringLikeRegexp('PublicSubnet') }]),
      },
    },
  })
  const chatGroup = { 'Fn::GetAtt': [Match.stringLikeRegexp('^ChatSecurityGroup'), 'GroupId'] }
  const ingress = 'AWS::EC2::SecurityGroupIngress'
  without.service.resourcePropertiesCountIs(ingress, { GroupId: chatGroup }, 1)
  without.service.hasResourceProperties(ingress, {
    GroupId: chatGroup,
    SourceSecurityGroupId: {
      'Fn::GetAtt': [Match.stringLikeRegexp('^EntranceBalancerSecurityGroup'), 'GroupId'],
    },
    FromPort: 8080,
    ToPort: 8080,
  })
  without.service.resourcePropertiesCountIs(
    'AWS::EC2::SecurityGroup',
    { GroupDescription: 'Chat tasks', SecurityGroupIngress: Match.anyValue() },
    0,
  )
})

// Its function has no public address, wherever its subnet is.
test('without NAT the rotation of the password still reaches Secrets Manager', () => {
  without.network.hasResourceProperties('AWS::EC2::VPCEndpoint', {
    VpcEndpointType: 'Interface',
    ServiceName: Match.stringLikeRegexp('secretsmanager$'),
    PrivateDnsEnabled: true,
    SubnetIds: [{ Ref: Match.stringLikeRegexp('PrivateSubnet1') }],
  })
  without.network.hasResourceProperties('AWS::EC2::SecurityGroup', {
    GroupDescription: 'Secrets Manager, reached from within the network',
    SecurityGroupIngress: [Match.objectLike({ CidrIp: '10.0.0.0/16', FromPort: 443, ToPort: 443 })],
  })
  without.data.hasResourceProperties('AWS::SecretsManager::RotationSchedule', {
    HostedRotationLambda: Match.objectLike({
      VpcSubnetIds: {
        'Fn::Join': [
          '',
          Match.arrayWith([{ 'Fn::ImportValue': Match.stringLikeRegexp('PrivateSubnet1') }]),
        ],
      },
    }),
  })
})

// A default route is the only way out: public and private subnets have one, isolated have none.
test('the isolated subnets have no way to the internet', () => {
  prod.resourcePropertiesCountIs('AWS::EC2::Route', { DestinationCidrBlock: '0.0.0.0/0' }, 3 + 3)
  prod.resourceCountIs('AWS::EC2::RouteTable', 9)
})

test('every flow is logged, and production keeps the log', () => {
  prod.hasResourceProperties('AWS::EC2::FlowLog', {
    TrafficType: 'ALL',
    ResourceType: 'VPC',
    LogDestinationType: 'cloud-watch-logs',
  })
  prod.hasResource('AWS::Logs::LogGroup', {
    Properties: {
      RetentionInDays: 365,
      KmsKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^LogKey'), 'Arn'] },
    },
    DeletionPolicy: 'RetainExceptOnCreate',
  })
  dev.hasResource('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete' })
})

test('S3 is reached without NAT', () => {
  prod.hasResourceProperties('AWS::EC2::VPCEndpoint', {
    VpcEndpointType: 'Gateway',
    ServiceName: { 'Fn::Join': ['', Match.arrayWith(['.s3'])] },
  })
})

test('the default security group is closed', () => {
  prod.resourceCountIs('Custom::VpcRestrictDefaultSG', 1)
})

test('a network that exists is used as it is, and nothing in it is changed', () => {
  const existing = {
    vpcId: 'vpc-0a1b2c3d',
    zones: ['eu-central-1a', 'eu-central-1b'],
    publicSubnetIds: ['subnet-00000001', 'subnet-00000002'],
    privateSubnetIds: ['subnet-00000003', 'subnet-00000004'],
    isolatedSubnetIds: ['subnet-00000005', 'subnet-00000006'],
  }
  const { network, data, service, missing } = synthesize('prod', (settings) => ({
    ...settings,
    network: { ...settings.network, existing, zones: 2 },
  }))
  assert.deepEqual(network.findResources('AWS::EC2::VPC'), {})
  assert.deepEqual(missing, [])
  data.hasResourceProperties('AWS::RDS::DBSubnetGroup', { SubnetIds: existing.isolatedSubnetIds })
  service.hasResourceProperties('AWS::ECS::Service', {
    NetworkConfiguration: { AwsvpcConfiguration: { Subnets: existing.privateSubnetIds } },
  })
  service.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
    Subnets: existing.publicSubnetIds,
  })
})

// The trap: with an account and a region, CDK asks AWS for the names of the zones during synth.
test('synth looks nothing up, even when account and region are given', () => {
  for (const environment of ['dev', 'staging', 'prod'] as const) {
    const { missing } = synthesize(environment, (settings) => ({
      ...settings,
      account: '111122223333',
    }))
    assert.deepEqual(missing, [])
  }
})
