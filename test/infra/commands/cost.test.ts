import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { z } from 'zod'
import { allEnvironments } from '../../../infra/commands/choose-environment.ts'
import { costMarkdown, costTable } from '../../../infra/commands/cost-table.ts'
import { type Estimate, estimate, estimateOf } from '../../../infra/commands/estimate.ts'
import { pricesOf } from '../../../infra/commands/prices.ts'
import type { Resource } from '../../../infra/commands/synthesize.ts'
import { WORKLOAD } from '../../../infra/commands/workload.ts'
import { settingsOf } from '../synthesized.ts'
import { runCommand } from './run-command.ts'

const FRANKFURT = { environment: 'dev', region: 'eu-central-1' } as const
const { hours } = WORKLOAD

function resource(Type: string, Properties: Record<string, unknown> = {}): Resource {
  return { Type, Properties, stack: 'chatkit-dev-service', id: Type }
}

function dollars({ lines }: Estimate, item: string): number {
  return lines.filter((line) => line.item === item).reduce((sum, line) => sum + line.dollars, 0)
}

function near(found: number, expected: number): void {
  assert.ok(Math.abs(found - expected) < 0.005, `${found} instead of ${expected}`)
}

function service(CpuArchitecture: string): Estimate {
  const RuntimePlatform = { CpuArchitecture }
  return estimateOf(
    [
      resource('AWS::ECS::Service'),
      resource('AWS::ECS::TaskDefinition', { Cpu: '1024', Memory: '2048', RuntimePlatform }),
      resource('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 3, MaxCapacity: 9 }),
    ],
    FRANKFURT,
  )
}

function database(MultiAZ: boolean): Estimate {
  const DBInstanceClass = 'db.t4g.medium'
  const instance = { DBInstanceClass, AllocatedStorage: '100', MultiAZ }
  return estimateOf([resource('AWS::RDS::DBInstance', instance)], FRANKFURT)
}

test('tasks cost by processor, memory and architecture, as many as the scaling has at least', () => {
  const arm = service('ARM64')
  near(dollars(arm, 'Tasks: processors'), 3 * hours * 0.03725)
  near(dollars(arm, 'Tasks: memory'), 3 * hours * 2 * 0.00409)
  near(dollars(service('X86_64'), 'Tasks: processors'), 3 * hours * 0.04656)
})

test('a standby doubles instance and storage', () => {
  const one = database(false)
  const two = database(true)
  near(dollars(one, 'Database'), hours * (pricesOf('eu-central-1').databaseHour['t4g.medium'] ?? 0))
  near(dollars(two, 'Database'), 2 * dollars(one, 'Database'))
  near(dollars(two, 'Database storage'), 2 * dollars(one, 'Database storage'))
})

test('Aurora costs at least its fewest capacity units for each instance', () => {
  const found = estimateOf(
    [
      resource('AWS::RDS::DBCluster', {
        ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 8 },
      }),
      resource('AWS::RDS::DBInstance', { DBInstanceClass: 'db.serverless' }),
      resource('AWS::RDS::DBInstance', { DBInstanceClass: 'db.serverless' }),
    ],
    FRANKFURT,
  )
  near(dollars(found, 'Database'), 2 * hours * 0.5 * 0.14)
})

test('NAT gateways, addresses and zones are counted', () => {
  const found = estimateOf(
    [
      resource('AWS::EC2::NatGateway'),
      resource('AWS::EC2::NatGateway'),
      resource('AWS::EC2::EIP'),
      resource('AWS::EC2::EIP'),
      resource('AWS::ElasticLoadBalancingV2::LoadBalancer', { Subnets: ['a', 'b', 'c'] }),
    ],
    FRANKFURT,
  )
  near(dollars(found, 'NAT'), 2 * hours * 0.052)
  near(dollars(found, 'NAT: traffic'), WORKLOAD.natGib * 0.052)
  near(dollars(found, 'Public addresses'), 5 * hours * 0.005)
  near(dollars(found, 'Load balancer'), hours * 0.027)
})

test('tasks without NAT pay for an address each, and the network for the way to its secrets', async () => {
  const dev = settingsOf('dev')
  const { lines } = await estimate({ ...dev, network: { ...dev.network, nat: 'none' } })
  const found = (item: string) => lines.find((line) => line.item === item)
  assert.equal(found('NAT'), undefined)
  assert.equal(found('Interface endpoints')?.quantity, hours)
  // Two of the balancer and two of the tasks.
  assert.equal(found('Public addresses')?.quantity, 4 * hours)
})

test('tasks read their secrets every minute, and that is not for nothing', async () => {
  const { lines } = await estimate(settingsOf('prod'))
  const reads = lines.find(({ item }) => item === 'Secrets: reads')
  // Three tasks, three secrets, three versions of each.
  near(reads?.quantity ?? 0, (27 * 60 * hours) / 10_000)
})

/** What one log costs to keep. */
function kept(RetentionInDays: number): number {
  const group = resource('AWS::Logs::LogGroup', { RetentionInDays })
  return dollars(estimateOf([group], FRANKFURT), 'Logs kept')
}

test('what a log costs to keep depends on how long it is kept', () => {
  assert.ok(kept(7) < kept(30) && kept(30) < kept(365))
  assert.equal(kept(731), kept(400)) // an environment that has run for a year
})

test('a regional NAT gateway costs in each zone of the balancer', () => {
  const found = estimateOf(
    [
      resource('AWS::EC2::NatGateway', { AvailabilityMode: 'regional' }),
      resource('AWS::ElasticLoadBalancingV2::LoadBalancer', { Subnets: ['a', 'b', 'c'] }),
    ],
    FRANKFURT,
  )
  near(dollars(found, 'NAT'), 3 * hours * 0.052)
})

test('what has no price is named: a type, and an instance type', () => {
  const found = estimateOf(
    [
      resource('AWS::Kinesis::Stream'),
      resource('AWS::Kinesis::Stream'),
      resource('AWS::RDS::DBInstance', { DBInstanceClass: 'db.x9.huge', AllocatedStorage: '20' }),
      resource('AWS::IAM::Role'),
    ],
    FRANKFURT,
  )
  assert.deepEqual(found.notPriced, ['AWS::Kinesis::Stream', 'the instance type db.x9.huge'])
  assert.match(costTable(found), /Not priced: AWS::Kinesis::Stream, the instance type db\.x9\.huge/)
})

test('a region without a table says whose prices were taken', () => {
  const found = estimateOf([], { environment: 'dev', region: 'ap-southeast-2' })
  assert.match(costTable(found), /ap-southeast-2 is not in the price table: prices of eu-central-1/)
  const american = estimateOf([], { environment: 'dev', region: 'us-east-1' })
  assert.doesNotMatch(costTable(american), /not in the price table/)
})

for (const environment of ['dev', 'staging', 'prod'] as const) {
  // A new resource must not make the estimate wrong without a word.
  test(`everything in ${environment} is priced, or free`, async () => {
    const { notPriced, total, lines } = await estimate(settingsOf(environment))
    assert.deepEqual(notPriced, [])
    assert.ok(total > 50 && total < 5_000, `${total}`)
    near(
      total,
      lines.reduce((sum, line) => sum + line.quantity * line.price, 0),
    )
  })
}

test('the estimate can be read by a program, with its date, source and region', async () => {
  const { stdout } = await runCommand('cost', ['--env', 'prod', '--json'])
  const found = z
    .object({
      total: z.number().positive(),
      prices: z.object({ date: z.iso.date(), source: z.string(), region: z.string() }),
      assumed: z.object({ hours: z.number() }),
    })
    .parse(JSON.parse(stdout))
  assert.equal(found.prices.region, 'eu-central-1')
})

test('the table in infra/README.md is the one that npm run cost prints', async () => {
  const readme = readFileSync('infra/README.md', 'utf8')
  const [, section = ''] = /<!-- cost -->\n([^]*?)<!-- \/cost -->/.exec(readme) ?? []
  const estimates = []
  for (const settings of allEnvironments()) estimates.push(await estimate(settings))
  assert.equal(section.trim(), costMarkdown(estimates))
})
