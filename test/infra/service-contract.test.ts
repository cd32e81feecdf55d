import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { TAKEN_VARIABLES } from '../../infra/config-schema.ts'
import { SERVICE_METRICS, serviceMetric } from '../../infra/metrics.ts'
import { loadConfig } from '../../service/config.ts'
import { createMeter } from '../../service/telemetry.ts'
import { synthesize } from './synthesized.ts'

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

// The two sides are written apart; a name or a bound that differs would only show on AWS.
for (const environment of ['dev', 'staging', 'prod'] as const) {
  test(`the service starts with what the stacks of ${environment} give it`, () => {
    const { service } = synthesize(environment)
    const [definition] = Object.values(service.findResources('AWS::ECS::TaskDefinition'))
    const containers = TaskDefinition.parse(definition).Properties.ContainerDefinitions
    const container = containers.find(({ Name }) => Name === 'service')
    const variables = Object.fromEntries(
      container?.Environment.map(({ Name, Value }) => [
        Name,
        // What CloudFormation fills in later, an ARN each time, is a text by then.
        typeof Value === 'string' ? Value : 'arn:aws:secretsmanager:eu-central-1:1:secret:x',
      ]) ?? [],
    )
    const config = loadConfig({}, variables)
    assert.equal(config.NODE_ENV, 'production')
    assert.ok(config.FRONTEND_URL.length > 0)
    // Whoever sets one of these by hand is told where it comes from.
    assert.deepEqual(
      Object.keys(variables).filter((name) => TAKEN_VARIABLES[name] === undefined),
      [],
    )
  })
}

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
