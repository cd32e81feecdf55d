import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CERTIFICATE, EXISTING, faultsOf, prodWith, SUBNETS } from './configured.ts'

// One sentence each: the path, what was wrong, what is allowed.
const refusals: { change: Record<string, unknown>; fault: string }[] = [
  {
    change: { region: 'frankfurt' },
    fault: 'region: is "frankfurt", must be an AWS region such as eu-central-1',
  },
  {
    change: { region: 'eu-central-9' },
    fault: 'region: is "eu-central-9", must be an AWS region such as eu-central-1',
  },
  {
    change: {
      region: 'us-west-1',
      certificateArn: CERTIFICATE.replace('eu-central-1', 'us-west-1'),
      network: { zones: 3 },
    },
    fault: 'network.zones: is 3, must be 2: most accounts have two zones in us-west-1',
  },
  {
    change: { account: '444455556666' },
    fault: `certificateArn: is "${CERTIFICATE.slice(0, 59)}…, must be a certificate of 444455556666: a load balancer only takes those of its account`,
  },
  {
    change: { region: undefined },
    fault: 'region: is missing, must be an AWS region such as eu-central-1',
  },
  {
    change: { account: 111122223333 },
    fault: 'account: is 111122223333, must be the 12 digits of an AWS account, as text',
  },
  {
    change: { hostName: 'https://chat.example.org/' },
    fault:
      'hostName: is "https://chat.example.org/", must be a host name in lower case, such as chat.example.com',
  },
  {
    change: { certificateArn: undefined },
    fault:
      'certificateArn: is missing, must be given, or zone, which issues a certificate: browsers need HTTPS',
  },
  {
    change: { certificateArn: 'my-certificate' },
    fault: 'certificateArn: is "my-certificate", must be the ARN of an ACM certificate',
  },
  {
    change: { region: 'us-east-1' },
    fault: `certificateArn: is "${CERTIFICATE.slice(0, 59)}…, must be a certificate of us-east-1: a load balancer only takes those of its region`,
  },
  {
    change: { zone: { id: 'Z0123456789EXAMPLE', name: 'example.net' } },
    fault: 'hostName: is "chat.example.org", must be a name in the zone example.net',
  },
  {
    change: { origins: [] },
    fault: 'origins: is [], must be at least one origin, such as https://app.example.com',
  },
  {
    change: { origins: ['https://app.example.org/chat'] },
    fault:
      'origins.0: is "https://app.example.org/chat", must be https://host with nothing behind it, or http://localhost:5173',
  },
  ...['https://app.example.org:443', 'https://app.example.org:99999', 'https://-a.example.org'].map(
    (origin) => ({
      change: { origins: [origin] },
      fault: `origins.0: is "${origin}", must be https://host with nothing behind it, or http://localhost:5173`,
    }),
  ),
  {
    change: { origins: ['https://app.example.org', 'https://app.example.org'] },
    fault:
      'origins: is ["https://app.example.org","https://app.example.org"], must be a list without repeats',
  },
  {
    change: { origins: ['*'] },
    fault:
      'origins.0: is "*", must be https://host with nothing behind it, or http://localhost:5173',
  },
  {
    change: { origins: ['http://localhost:5173'] },
    fault:
      'origins.0: is "http://localhost:5173", must be https, as this environment is not disposable',
  },
  {
    change: { network: { cidr: '10.0.0.0/8' } },
    fault: 'network.cidr: is "10.0.0.0/8", must be a range from /16 to /22',
  },
  {
    change: { network: { cidr: '10.0.0.5/16' } },
    fault:
      'network.cidr: is "10.0.0.5/16", must be the first address of the range, such as 10.0.0.0/16',
  },
  {
    change: { network: { cidr: '8.8.0.0/16' } },
    fault:
      'network.cidr: is "8.8.0.0/16", must be within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16: others are the internet',
  },
  {
    change: { network: { zones: 1 } },
    fault: 'network.zones: is 1, must be a whole number from 2 to 3',
  },
  {
    change: { network: { nat: 'two' } },
    fault: 'network.nat: is "two", must be one of per-zone, one, regional, none',
  },
  {
    change: { network: { nat: 'none' } },
    fault:
      'network.nat: is "none", must be per-zone, one or regional: in prod no task has a public address',
  },
  {
    change: { service: { tasks: { min: 1, max: 4 } } },
    fault: 'service.tasks.min: is 1, must be a whole number from 2 to 100',
  },
  {
    change: { service: { tasks: { min: 8, max: 4 } } },
    fault: 'service.tasks.max: is 4, must be at least min (8)',
  },
  {
    change: { service: { cpu: 1000 } },
    fault: 'service.cpu: is 1000, must be one of 512, 1024, 2048, 4096',
  },
  {
    change: { service: { cpu: 512, memoryMiB: 8192 } },
    fault: 'service.memoryMiB: is 8192, must be from 1024 to 4096 in steps of 1024, for cpu 512',
  },
  {
    change: { service: { image: { uri: 'example.org/chat:latest' } } },
    fault:
      'service.image.uri: is "example.org/chat:latest", must be an image with a digest, or a tag that is not latest',
  },
  {
    change: { service: { image: { uri: 'example.org/chat' } } },
    fault:
      'service.image.uri: is "example.org/chat", must be an image with a digest, or a tag that is not latest',
  },
  {
    change: { service: { logDays: 31 } },
    fault: 'service.logDays: is 31, must be one of 7, 14, 30, 90, 180, 365, 731',
  },
  {
    change: { database: { storageGiB: 200, storageGiBMax: 200 } },
    fault: 'database.storageGiBMax: is 200, must be at least 220, a tenth above storageGiB',
  },
  {
    change: { database: { instanceType: 'db.m8g.large' } },
    fault: 'database.instanceType: is "db.m8g.large", must be an instance type such as m8g.large',
  },
  {
    change: { database: { instanceType: 'm8g.lagre' } },
    fault: 'database.instanceType: is "m8g.lagre", must be an instance type such as m8g.large',
  },
  {
    change: {
      database: { engine: 'aurora', capacity: { min: 0.5, max: 64 } },
      service: { tasks: { min: 3, max: 100 } },
    },
    fault:
      'service.tasks.max: is 100, must be at most 80 with 10 connections each and a database of capacity.max 64, or take a larger database',
  },
  {
    change: { database: { multiAz: false } },
    fault: 'database.multiAz: is false, must be true: zones fail',
  },
  {
    change: { disposable: true },
    fault: 'disposable: is true, must be false: prod keeps its data',
  },
  {
    change: { streaming: { drainCutsStreams: true } },
    fault:
      'streaming.drainCutsStreams: is true, must be false: a deployment must not cut answers in prod',
  },
  {
    change: { streaming: { drainSeconds: 600 } },
    fault:
      'streaming.drainSeconds: is 600, must be more than streamSecondsMax (840), or a deployment cuts answers; drainCutsStreams: true accepts that',
  },
  {
    change: { streaming: { stopSeconds: 300 } },
    fault: 'streaming.stopSeconds: is 300, must be a whole number from 20 to 120',
  },
  {
    change: { network: { existing: EXISTING, nat: 'one' } },
    fault: 'network.nat: is "one", must be left out: network.existing brings its own',
  },
  {
    change: {
      network: {
        existing: { ...EXISTING, privateSubnetIds: [...SUBNETS.slice(2, 4), 'subnet-00000009'] },
      },
    },
    fault:
      'network.existing.privateSubnetIds: is 3, must be as many as zones (2), one of each, in their order',
  },
  {
    change: {
      network: { existing: { ...EXISTING, privateSubnetIds: ['subnet-00000001', SUBNETS[3]] } },
    },
    fault:
      'network.existing.privateSubnetIds.0: is "subnet-00000001", must be in one list alone: public, private and isolated are three kinds of subnets',
  },
  {
    change: { network: { existing: { ...EXISTING, zones: ['us-east-1a', 'eu-central-1b'] } } },
    fault: 'network.existing.zones.0: is "us-east-1a", must be a zone of eu-central-1, the region',
  },
  {
    change: { network: { existing: { ...EXISTING, vpcId: 'my-vpc' } } },
    fault: 'network.existing.vpcId: is "my-vpc", must be the id of a VPC, such as vpc-0a1b2c3d',
  },
  {
    change: { database: { engine: 'aurora', storageGiB: 100 } },
    fault: 'database.storageGiB: is 100, must be left out, as database.engine is aurora',
  },
  {
    change: { database: { capacity: { min: 1, max: 4 } } },
    fault:
      'database.capacity: is {"min":1,"max":4}, must be left out, as database.engine is postgres',
  },
  {
    change: { database: { engine: 'aurora', capacity: { min: 8, max: 4 } } },
    fault: 'database.capacity.max: is 4, must be at least capacity.min (8)',
  },
  {
    change: { database: { engine: 'mysql' } },
    fault: 'database.engine: is "mysql", must be one of postgres, aurora',
  },
  {
    change: { database: { instanceType: 't4g.small' } },
    fault:
      'service.tasks.max: is 10, must be at most 7 with 10 connections each and a database of t4g.small, or take a larger database',
  },
  {
    change: { alarms: { email: 'on-call' } },
    fault: 'alarms.email: is "on-call", must be an e-mail address, such as on-call@example.com',
  },
  {
    change: { firewall: { requestsPerFiveMinutes: 10 } },
    fault: 'firewall.requestsPerFiveMinutes: is 10, must be a whole number from 100 to 1000000',
  },
  {
    change: { tags: { 'aws:owner': 'us' } },
    fault:
      'tags.aws:owner: is "aws:owner", must be the name of a tag, which does not begin with aws:',
  },
  {
    change: { tags: { Environment: 'prod' } },
    fault:
      'tags.Environment: is "Environment", must be named otherwise: application, environment, installation are set already, and case makes no difference',
  },
  {
    change: { tags: { team: 'a', Team: 'b' } },
    fault:
      'tags.Team: is "Team", must be named otherwise: application, environment, installation are set already, and case makes no difference',
  },
  {
    change: { servcie: {} },
    fault:
      'servcie: is not a setting, must be one of account, region, hostName, certificateArn, zone, origins, disposable, tags, network, service, auth, quotas, retention, attachments, database, secrets, firewall, alarms, streaming',
  },
]

for (const { change, fault } of refusals) {
  test(`refused in one sentence: ${JSON.stringify(change)}`, () => {
    assert.deepEqual(faultsOf(prodWith(change)), [`environments.prod.${fault}`])
  })
}
