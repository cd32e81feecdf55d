import assert from 'node:assert/strict'
import { test } from 'node:test'
import { config } from '../../infra/config.ts'
import { ConfigError, readConfig } from '../../infra/read-config.ts'

const CERTIFICATE =
  'arn:aws:acm:eu-central-1:111122223333:certificate/0a1b2c3d-0000-4000-8000-1234567890ab'

/** A correct production environment with some settings replaced. */
function prodWith(changes: Record<string, unknown>): unknown {
  const prod = {
    region: 'eu-central-1',
    hostName: 'chat.example.org',
    certificateArn: CERTIFICATE,
    origins: ['https://app.example.org'],
    ...changes,
  }
  return { name: 'chatkit', environments: { prod } }
}

/** The lines of the refusal, without its heading. */
function faultsOf(input: unknown, environment = 'prod'): string[] {
  try {
    readConfig(input, environment)
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    const [heading, ...faults] = error.message.split('\n')
    assert.equal(heading, 'infra/config.ts cannot be used:')
    return faults.map((fault) => fault.trim())
  }
  return []
}

test('the configuration in the repository is correct in every environment', () => {
  for (const environment of ['dev', 'staging', 'prod']) {
    assert.equal(readConfig(config, environment).environment, environment)
  }
})

test('what is left out gets the safe default', () => {
  const settings = readConfig(prodWith({}), 'prod')
  assert.equal(settings.disposable, false)
  assert.equal(settings.database.multiAz, true)
  assert.equal(settings.network.nat, 'per-zone')
  assert.equal(settings.service.architecture, 'arm64')
  assert.ok(settings.service.tasks.min >= 2)
  assert.ok(settings.streaming.drainSeconds > settings.streaming.streamSecondsMax)
})

// One sentence each: the path, what was wrong, what is allowed.
const refusals: { change: Record<string, unknown>; fault: string }[] = [
  {
    change: { region: 'frankfurt' },
    fault: 'region: is "frankfurt", must be an AWS region such as eu-central-1',
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
    change: { network: { zones: 1 } },
    fault: 'network.zones: is 1, must be a whole number from 2 to 3',
  },
  {
    change: { network: { nat: 'none' } },
    fault: 'network.nat: is "none", must be one of per-zone, one, regional',
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
    fault: 'service.logDays: is 31, must be one of 7, 14, 30, 90, 180, 365',
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
    change: { servcie: {} },
    fault:
      'servcie: is not a setting, must be one of account, region, hostName, certificateArn, zone, origins, disposable, network, service, database, streaming',
  },
]

for (const { change, fault } of refusals) {
  test(`refused in one sentence: ${JSON.stringify(change)}`, () => {
    assert.deepEqual(faultsOf(prodWith(change)), [`environments.prod.${fault}`])
  })
}

test('all faults are named at once', () => {
  const faults = faultsOf(prodWith({ region: 'x', hostName: 'y', network: { zones: 9 } }))
  const paths = faults.map((fault) => fault.split(':')[0])
  for (const path of ['region', 'hostName', 'network.zones']) {
    assert.ok(paths.includes(`environments.prod.${path}`), `${path} in ${paths.join(', ')}`)
  }
})

// Whoever works on dev finds the fault in prod, not whoever has to deploy in a hurry.
test('a fault in another environment is found too', () => {
  assert.equal(faultsOf(prodWith({ region: 'x' }), 'dev').length > 0, true)
})

test('an environment that is not configured is refused with those that are', () => {
  for (const environment of ['qa', 'dev', '', undefined, 7]) {
    assert.throws(() => readConfig(prodWith({}), environment), {
      name: 'ConfigError',
      message: /There is no environment .* in infra\/config\.ts; it has prod\.\n.*-c env=prod/,
    })
  }
})

test('a configuration that is not one at all is refused', () => {
  for (const input of [undefined, null, 'chatkit', [], {}]) {
    assert.throws(() => readConfig(input, 'dev'), { name: 'ConfigError' })
  }
})
