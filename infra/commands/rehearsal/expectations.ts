import { z } from 'zod'
import type { Environment } from '../../read-config.ts'
import { openAiKeyName } from '../../secret-names.ts'

const Attributes = z.record(z.string(), z.string())
const Container = z.looseObject({
  name: z.string(),
  image: z.string(),
  user: z.string().optional(),
  readonlyRootFilesystem: z.boolean().optional(),
  stopTimeout: z.number().optional(),
  environment: z.array(z.object({ name: z.string(), value: z.string() })),
  dependsOn: z.array(z.object({ containerName: z.string(), condition: z.string() })).default([]),
})

/** What moto answers when it is asked what exists. */
export const Answers = z.object({
  stacks: z.record(z.string(), z.string()),
  balancers: z.array(
    z.object({
      scheme: z.string(),
      attributes: Attributes,
      listeners: z.array(
        z.object({
          Port: z.number(),
          SslPolicy: z.string().optional(),
          Certificates: z.array(z.object({ CertificateArn: z.string() })).default([]),
          DefaultActions: z.array(
            z.object({
              Type: z.string(),
              RedirectConfig: z.object({ Port: z.string(), StatusCode: z.string() }).optional(),
            }),
          ),
        }),
      ),
    }),
  ),
  targetGroups: z.array(
    z.object({
      Port: z.number(),
      TargetType: z.string(),
      HealthCheckPath: z.string(),
      attributes: Attributes,
    }),
  ),
  services: z.array(z.object({ status: z.string() })),
  taskDefinitions: z.array(z.object({ containerDefinitions: z.array(Container) })),
  databases: z.array(
    z.object({
      DBInstanceClass: z.string(),
      MultiAZ: z.boolean(),
      StorageEncrypted: z.boolean(),
      PubliclyAccessible: z.boolean(),
      BackupRetentionPeriod: z.number(),
      Endpoint: z.object({ Port: z.number() }),
    }),
  ),
  parameters: z.record(z.string(), z.record(z.string(), z.string().nullable())),
  secrets: z.array(z.object({ name: z.string(), isSet: z.boolean() })),
  records: z.array(z.string()),
})
export type Answers = z.infer<typeof Answers>

/** One thing that was asked back, with what the configuration says that it must be. */
export interface Expectation {
  readonly what: string
  readonly expected: unknown
  readonly found: unknown
}

/** Everything that must hold after a deployment of these settings. */
export function expectationsOf(answers: Answers, settings: Environment): Expectation[] {
  return [
    ...stackExpectations(answers, settings),
    ...entranceExpectations(answers, settings),
    ...taskExpectations(answers, settings),
    ...databaseExpectations(answers, settings),
    ...secretExpectations(answers, settings),
  ]
}

function expect(what: string, expected: unknown, found: unknown): Expectation {
  return { what, expected, found }
}

function stackExpectations({ stacks }: Answers, { name, environment }: Environment) {
  return ['network', 'data', 'service', 'operations'].map((part) => {
    const stack = `${name}-${environment}-${part}`
    const isComplete = /^(CREATE|UPDATE)_COMPLETE$/.test(stacks[stack] ?? '')
    return expect(`${stack} is complete`, true, isComplete)
  })
}

function entranceExpectations(answers: Answers, settings: Environment): Expectation[] {
  const { streaming, disposable, certificateArn, hostName } = settings
  const [balancer] = answers.balancers
  const [targets] = answers.targetGroups
  const https = balancer?.listeners.find(({ Port }) => Port === 443)
  const http = balancer?.listeners.find(({ Port }) => Port === 80)
  const attribute = (name: string) => balancer?.attributes[name]
  return [
    expect('balancers', 1, answers.balancers.length),
    expect('the balancer faces the internet', 'internet-facing', balancer?.scheme),
    expect('idle time-out', `${streaming.idleSeconds}`, attribute('idle_timeout.timeout_seconds')),
    expect(
      'invalid headers are dropped',
      'true',
      attribute('routing.http.drop_invalid_header_fields.enabled'),
    ),
    expect('deletion protection', `${!disposable}`, attribute('deletion_protection.enabled')),
    expect('certificate', certificateArn, https?.Certificates[0]?.CertificateArn),
    expect('TLS 1.2 and 1.3, post-quantum', true, /TLS13-1-2.*PQ/.test(https?.SslPolicy ?? '')),
    expect('443 forwards', 'forward', https?.DefaultActions[0]?.Type),
    expect('80 redirects', 'redirect', http?.DefaultActions[0]?.Type),
    expect('the redirect goes to', '443', http?.DefaultActions[0]?.RedirectConfig?.Port),
    expect('targets are addresses', 'ip', targets?.TargetType),
    expect('port of the targets', 8080, targets?.Port),
    expect('health check', '/ready', targets?.HealthCheckPath),
    expect(
      'deregistration delay',
      `${streaming.drainSeconds}`,
      targets?.attributes['deregistration_delay.timeout_seconds'],
    ),
    expect(
      'balancing',
      'least_outstanding_requests',
      targets?.attributes['load_balancing.algorithm.type'],
    ),
    expect('name in the zone', true, answers.records.includes(`${hostName}.`)),
  ]
}

function taskExpectations(answers: Answers, settings: Environment): Expectation[] {
  const { service, streaming } = settings
  const [definition] = answers.taskDefinitions
  const containers = definition?.containerDefinitions ?? []
  const main = containers.find(({ name }) => name === 'service')
  const variable = (name: string) => main?.environment.find((one) => one.name === name)?.value
  const plain = main?.environment.filter(({ value }) => /^sk-|^postgres/.test(value)) ?? []
  return [
    expect(
      'services',
      ['ACTIVE'],
      answers.services.map(({ status }) => status),
    ),
    expect('image', service.image?.uri, main?.image),
    expect('user', '1000:1000', main?.user),
    expect('every root file system is read-only', true, containers.every(isReadOnly)),
    expect('stop time-out', streaming.stopSeconds, main?.stopTimeout),
    expect('heartbeat', `${streaming.heartbeatSeconds}`, variable('HEARTBEAT_SECONDS')),
    expect('longest answer', `${streaming.streamSecondsMax}`, variable('STREAM_SECONDS_MAX')),
    expect('patterns of sign-in', settings.auth.patterns.join(','), variable('AUTH')),
    expect('log level', service.logLevel, variable('LOG_LEVEL')),
    expect('production', 'production', variable('NODE_ENV')),
    expect(
      'secrets by name alone',
      [],
      plain.map(({ name }) => name),
    ),
    expect(
      'starts after the migration',
      ['SUCCESS'],
      main?.dependsOn.map((on) => on.condition),
    ),
  ]
}

function isReadOnly({ readonlyRootFilesystem }: z.infer<typeof Container>): boolean {
  return readonlyRootFilesystem === true
}

function databaseExpectations({ databases, parameters }: Answers, settings: Environment) {
  const { database } = settings
  if (database.engine !== 'postgres') return [] // moto's CloudFormation makes no clusters
  const [found] = databases
  const forced = Object.values(parameters).map((group) => group['rds.force_ssl'])
  return [
    expect('databases', 1, databases.length),
    expect('instance type', `db.${database.instanceType}`, found?.DBInstanceClass),
    expect('standby', database.multiAz, found?.MultiAZ),
    expect('encrypted', true, found?.StorageEncrypted),
    expect('reachable from the internet', false, found?.PubliclyAccessible),
    expect('days of backups', database.backupDays, found?.BackupRetentionPeriod),
    expect('port', 5433, found?.Endpoint.Port),
    expect('connections without TLS are refused', true, forced.includes('1')),
  ]
}

function secretExpectations({ secrets }: Answers, settings: Environment): Expectation[] {
  const isSet = (pattern: RegExp) => secrets.find(({ name }) => pattern.test(name))?.isSet
  return [
    expect('OpenAI key is set', true, isSet(new RegExp(`^${openAiKeyName(settings)}$`))),
    expect('JWT secret is set', true, isSet(/JwtSecret/)),
    expect('database secret is set', true, isSet(/DatabaseSecret/)),
  ]
}
