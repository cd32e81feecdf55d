import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { SERVICE_METRICS, serviceMetric } from '../../infra/metrics.ts'
import { type Environment, readConfig } from '../../infra/read-config.ts'
import { SET_VARIABLES, UNSET_VARIABLES } from '../../infra/service-variables.ts'
import { type Config, Environment as ServiceEnvironment, loadConfig } from '../../service/config.ts'
import { createMeter } from '../../service/telemetry.ts'
import { EVERYTHING, faultsOf, prodWith } from './configured.ts'
import { settingsOf, synthesize } from './synthesized.ts'

const TaskDefinition = z.object({
  Properties: z.object({
    ContainerDefinitions: z.array(
      z.object({
        Name: z.string(),
        Environment: z.array(z.object({ Name: z.string(), Value: z.unknown() })),
      }),
    ),
  }),
})

/** What the stacks tell the service, as a task finds it. */
function variablesOf(settings: Environment): Record<string, string> {
  const { service } = synthesize(settings.environment, () => settings)
  const [definition] = Object.values(service.findResources('AWS::ECS::TaskDefinition'))
  const containers = TaskDefinition.parse(definition).Properties.ContainerDefinitions
  const container = containers.find(({ Name }) => Name === 'service')
  const pairs = container?.Environment.map(({ Name, Value }) => [
    Name,
    // What CloudFormation fills in later, an ARN each time, is a text by then.
    typeof Value === 'string' ? Value : 'arn:aws:secretsmanager:eu-central-1:1:secret:x',
  ])
  return Object.fromEntries(pairs ?? [])
}

/** A production environment with these settings, and an image that exists. */
function configured(changes: Record<string, unknown>): Environment {
  const settings = readConfig(prodWith({ zone: undefined, ...changes }), 'prod')
  const { service } = settingsOf('prod')
  return { ...settings, service: { ...settings.service, image: service.image } }
}

// The two sides are written apart; a name or a bound that differs would only show on AWS.
for (const environment of ['dev', 'staging', 'prod'] as const) {
  test(`the service starts with what the stacks of ${environment} give it`, () => {
    const config = loadConfig({}, variablesOf(settingsOf(environment)))
    assert.equal(config.NODE_ENV, 'production')
    assert.ok(config.FRONTEND_URL.length > 0)
  })
}

const everything = variablesOf(configured(EVERYTHING))
const known = Object.keys(ServiceEnvironment.shape)

test('each variable of the service is set by a stack, or there is a reason why none does', () => {
  const told = [...Object.keys(everything), ...Object.keys(UNSET_VARIABLES)]
  assert.deepEqual(told.toSorted(), known.toSorted())
})

test('the stacks set no variable that the service does not know, and each has a source', () => {
  assert.deepEqual(Object.keys(SET_VARIABLES).toSorted(), Object.keys(everything).toSorted())
})

test('whatever is configured reaches the service as it was meant', () => {
  const config = loadConfig({}, everything)
  const { service, auth, quotas, retention, attachments, secrets } = EVERYTHING
  const expected: Partial<Config> = {
    LIVE_RUNS_MAX: service.liveRunsMax,
    REQUESTS_AT_ONCE_MAX: service.requestsAtOnceMax,
    LOG_LEVEL: 'debug',
    OPENAI_MODEL: service.openAiModel,
    OPENAI_TRANSCRIPTION_MODEL: service.openAiTranscriptionModel,
    OPENAI_BASE_URL: service.openAiBaseUrl,
    MODEL_SILENCE_SECONDS: service.modelSilenceSeconds,
    ALLOW_CANCEL: service.allowCancel,
    DETACHED_SECONDS: service.detachedSeconds,
    DICTATION_BYTES_MAX: service.dictationMebibytesMax * 2 ** 20,
    DATABASE_CONNECTIONS_MAX: service.databaseConnectionsMax,
    AUTH: ['jwt', 'jwks', 'session', 'gateway', 'custom'],
    JWT_ISSUER: auth.jwtIssuer,
    JWT_AUDIENCE: auth.jwtAudience,
    JWKS_URL: auth.jwksUrl,
    JWKS_ISSUER: auth.jwksIssuer,
    JWKS_AUDIENCE: auth.jwksAudience,
    SESSION_URL: auth.sessionUrl,
    SESSION_COOKIE: auth.sessionCookie,
    CLAIMS: { user: 'sub', plan: 'plan', locale: 'locale', role: 'org_role', ...auth.claims },
    QUOTAS: quotas,
    RETENTION_DAYS: retention.days,
    RETENTION: retention.organisations,
    ATTACHMENT_BYTES_MAX: attachments.mebibytesMax * 2 ** 20,
    ATTACHMENT_TYPES: attachments.types,
    JWT_OVERLAP_SECONDS: secrets.overlapSeconds,
  }
  for (const [name, value] of Object.entries(expected)) {
    assert.deepEqual({ [name]: Reflect.get(config, name) }, { [name]: value })
  }
})

// A value that infra lets pass and the service refuses ends a deployment instead of a synth.
const extremes: Record<string, Record<string, unknown>> = {
  'the smallest values': {
    service: {
      liveRunsMax: 10,
      requestsAtOnceMax: 1,
      modelSilenceSeconds: 1,
      detachedSeconds: 1,
      dictationMebibytesMax: 1,
      databaseConnectionsMax: 2,
    },
    retention: { days: 1, organisations: { a: 1 } },
    attachments: { mebibytesMax: 1 },
    secrets: { overlapSeconds: 0 },
    streaming: { heartbeatSeconds: 1, idleSeconds: 2, streamSecondsMax: 61, stopSeconds: 20 },
    quotas: { default: { user: { requestsPerMinute: 0, liveRuns: 0, tokensPerDay: 0 } } },
  },
  'the largest values': {
    service: {
      liveRunsMax: 10_000,
      requestsAtOnceMax: 10_000,
      modelSilenceSeconds: 600,
      detachedSeconds: 600,
      dictationMebibytesMax: 32,
      databaseConnectionsMax: 200,
      tasks: { min: 2, max: 8 },
    },
    database: { instanceType: 'm8g.16xlarge' },
    retention: { days: 36_500, organisations: { a: 36_500 } },
    attachments: { mebibytesMax: 1024 },
    secrets: { overlapSeconds: 2_592_000 },
    streaming: {
      heartbeatSeconds: 60,
      idleSeconds: 3600,
      streamSecondsMax: 3599,
      drainSeconds: 3600,
    },
    quotas: {
      default: {
        user: { requestsPerMinute: 1_000_000, liveRuns: Number.MAX_SAFE_INTEGER },
        org: { tokensPerDay: Number.MAX_SAFE_INTEGER },
      },
    },
  },
  'answers that nobody can stop, and no attachments': {
    service: { allowCancel: false },
    attachments: { enabled: false },
  },
}

for (const [what, changes] of Object.entries(extremes)) {
  test(`the service takes ${what} that infra lets pass`, () => {
    assert.equal(loadConfig({}, variablesOf(configured(changes))).NODE_ENV, 'production')
  })
}

for (const pattern of ['jwt', 'gateway', 'custom']) {
  test(`the service starts when users are known by ${pattern} alone`, () => {
    const variables = variablesOf(configured({ auth: { patterns: [pattern] } }))
    assert.deepEqual(loadConfig({}, variables).AUTH, [pattern])
    assert.equal('JWT_SECRET_SECRET_ID' in variables, pattern === 'jwt')
    assert.equal('GATEWAY_SECRET_SECRET_ID' in variables, pattern === 'gateway')
  })
}

test('a variable with a setting of its own is refused among the others, with its setting', () => {
  for (const name of known) {
    const [fault = ''] = faultsOf(prodWith({ service: { variables: { [name]: 'x' } } }))
    assert.match(
      fault,
      new RegExp(`service\\.variables\\.${name}: .*must be (absent: .+|kept in Secrets Manager)`),
    )
  }
})

const Metrics = z.looseObject({
  _aws: z.object({
    CloudWatchMetrics: z.tuple([
      z.object({
        Namespace: z.string(),
        Dimensions: z.tuple([z.tuple([z.string()])]),
        Metrics: z.array(z.object({ Name: z.string(), Unit: z.string() })),
      }),
    ]),
  }),
})

// An alarm on a metric that nobody writes never rings.
test('what alarms and scaling watch is what the service writes', (t) => {
  const lines: string[] = []
  t.mock.method(process.stdout, 'write', (line: unknown) => lines.push(String(line)) > 0)
  const meter = createMeter({ service: 'chatkit-prod', liveRuns: () => 1 })
  const usage = { inputTokens: 1, outputTokens: 1, totalTokens: 2 }
  for (const outcome of ['done', 'cancelled', 'failed', 'interrupted'] as const) {
    meter.runEnded(outcome, usage)
  }
  meter.firstByte(1)
  meter.close()
  t.mock.restoreAll()
  const written = Metrics.parse(JSON.parse(lines.find((line) => line.includes('_aws')) ?? '{}'))
  const { _aws: embedded } = written
  const [{ Namespace, Dimensions, Metrics: names }] = embedded.CloudWatchMetrics
  assert.deepEqual(Object.fromEntries(names.map(({ Name, Unit }) => [Name, Unit])), SERVICE_METRICS)
  const [[dimension]] = Dimensions
  const watched = serviceMetric('chatkit-prod', 'LiveRuns')
  assert.equal(watched.namespace, Namespace)
  assert.deepEqual(watched.dimensions, { [dimension]: written[dimension] })
})
