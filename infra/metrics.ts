import { Duration } from 'aws-cdk-lib'
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch'

// The contract with the service, which writes these as lines of its log, in CloudWatch's embedded
// metric format. The names stand here and there; nothing else connects the two.

const NAMESPACE = 'ChatKit'
/** The one dimension; its value is what the service finds in METRICS_SERVICE. */
const DIMENSION = 'service'

/** What the service tells, by the name that CloudWatch shows. */
export const SERVICE_METRICS = {
  /** Answers that go on now, in one task; each task tells it every 15 s or more often. */
  LiveRuns: 'Count',
  /** Runs that have ended, one for each, by outcome. */
  RunsCompleted: 'Count',
  RunsCancelled: 'Count',
  RunsFailed: 'Count',
  RunsInterrupted: 'Count',
  /** From a request that is accepted to the first byte of its answer. */
  TimeToFirstByte: 'Milliseconds',
  InputTokens: 'Count',
  OutputTokens: 'Count',
} as const
export type ServiceMetric = keyof typeof SERVICE_METRICS

/** A metric of the service of one environment; a minute's sum unless told otherwise. */
export function serviceMetric(
  service: string,
  metricName: ServiceMetric,
  options: MetricOptions = {},
): Metric {
  return new Metric({
    namespace: NAMESPACE,
    metricName,
    dimensionsMap: { [DIMENSION]: service },
    period: Duration.minutes(1),
    statistic: 'Sum',
    ...options,
  })
}

/** How often a function of a known name has failed. */
export function functionErrors(functionName: string): Metric {
  return new Metric({
    namespace: 'AWS/Lambda',
    metricName: 'Errors',
    dimensionsMap: { FunctionName: functionName },
    statistic: Stats.SUM,
  })
}
