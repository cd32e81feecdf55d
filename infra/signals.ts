import { Duration } from 'aws-cdk-lib'
import { MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import { HttpCodeElb, HttpCodeTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2'
import type { DataStack } from './data-stack.ts'
import { serviceMetric } from './metrics.ts'
import type { ServiceStack } from './service-stack.ts'

/** Everything that alarms watch and the dashboard shows, by what it says. */
export type Signals = ReturnType<typeof signalsOf>

// A percentage of a handful says nothing.
const RUNS_MIN = 20
const MINUTE = Duration.minutes(1)
const FIVE_MINUTES = Duration.minutes(5)

export function signalsOf(service: ServiceStack, data: DataStack) {
  return {
    ...entranceSignals(service),
    ...runSignals(service.fullName),
    ...databaseSignals(data),
    rotationErrors: rotationErrors(service, data),
  }
}

function entranceSignals({ entrance, targets, chat }: ServiceStack) {
  const { metrics } = entrance.balancer
  const sum = { period: MINUTE, statistic: Stats.SUM }
  return {
    requests: metrics.requestCount(sum),
    openConnections: metrics.activeConnectionCount({ period: MINUTE }),
    balancerErrors: metrics.httpCodeElb(HttpCodeElb.ELB_5XX_COUNT, sum),
    targetErrors: targets.metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, sum),
    healthyHosts: targets.metrics.healthyHostCount({ period: MINUTE, statistic: Stats.MINIMUM }),
    unhealthyHosts: targets.metrics.unhealthyHostCount({
      period: MINUTE,
      statistic: Stats.MAXIMUM,
    }),
    taskCpu: chat.service.metricCpuUtilization({ period: MINUTE }),
    taskMemory: chat.service.metricMemoryUtilization({ period: MINUTE }),
  }
}

function runSignals(service: string) {
  const period = { period: FIVE_MINUTES }
  const completedRuns = serviceMetric(service, 'RunsCompleted', period)
  const cancelledRuns = serviceMetric(service, 'RunsCancelled', period)
  const failedRuns = serviceMetric(service, 'RunsFailed', period)
  const interruptedRuns = serviceMetric(service, 'RunsInterrupted', period)
  const outcomes = { completedRuns, cancelledRuns, failedRuns, interruptedRuns }
  // A time without failures has no data point, and what has none makes the whole sum have none.
  const all = Object.keys(outcomes)
    .map((name) => `FILL(${name}, 0)`)
    .join(' + ')
  return {
    ...outcomes,
    failedPercent: new MathExpression({
      expression: `IF(${all} >= ${RUNS_MIN}, 100 * FILL(failedRuns, 0) / (${all}), 0)`,
      usingMetrics: outcomes,
      label: 'failed, %',
      period: FIVE_MINUTES,
    }),
    liveRuns: serviceMetric(service, 'LiveRuns', { statistic: Stats.AVERAGE }),
    firstByte: serviceMetric(service, 'TimeToFirstByte', { statistic: Stats.p(99) }),
    firstByteMedian: serviceMetric(service, 'TimeToFirstByte', { statistic: Stats.p(50) }),
    inputTokens: serviceMetric(service, 'InputTokens'),
    outputTokens: serviceMetric(service, 'OutputTokens'),
  }
}

function databaseSignals({ database }: DataStack) {
  const { cpu, connections, freeStorage } = database.server
  return { databaseCpu: cpu, databaseConnections: connections, freeStorage }
}

function rotationErrors(
  { gatewayRotationErrors: gateway }: ServiceStack,
  { database, secrets }: DataStack,
) {
  const errors = { period: FIVE_MINUTES, statistic: Stats.SUM }
  const usingMetrics = {
    jwt: secrets.rotation.metricErrors(errors),
    password: database.rotationErrors.with(errors),
    ...(gateway && { gateway: gateway.with(errors) }),
  }
  return new MathExpression({
    expression: Object.keys(usingMetrics)
      .map((name) => `FILL(${name}, 0)`)
      .join(' + '),
    usingMetrics,
    label: 'failed rotations',
    period: FIVE_MINUTES,
  })
}
