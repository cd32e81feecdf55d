import assert from 'node:assert/strict'
import { test } from 'node:test'
import { config } from '../../infra/config.ts'
import { readConfig } from '../../infra/read-config.ts'
import { EXISTING, faultsOf, prodWith } from './configured.ts'

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

test('a team that knows only its domain, certificate and origins gets a good production', () => {
  const { firewall, service, database, secrets, alarms } = readConfig(prodWith({}), 'prod')
  assert.equal(firewall.enabled, true)
  assert.equal(service.logDays, 365)
  assert.equal(database.engine, 'postgres')
  assert.equal(database.backupDays, 14)
  assert.ok(secrets.databaseRotationDays <= 90)
  assert.ok(alarms.monthlyBudgetUsd > 0)
})

test('an existing network says how many zones there are', () => {
  const { network } = readConfig(prodWith({ network: { existing: EXISTING } }), 'prod')
  assert.equal(network.zones, 2)
  assert.deepEqual(network.existing, EXISTING)
})

test('every instance type is allowed, also one whose memory is not known here', () => {
  const database = { instanceType: 'z9x.24xlarge' }
  assert.equal(readConfig(prodWith({ database }), 'prod').database.instanceType, 'z9x.24xlarge')
})

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
