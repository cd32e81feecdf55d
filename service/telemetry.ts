import { MetricUnit, Metrics } from '@aws-lambda-powertools/metrics'
import type { RunUsage } from './protocol/chat.ts'

// Names and dimension are those of infra/metrics.ts; nothing else connects the two.
const NAMESPACE = 'ChatKit'
const FLUSH_MS = 15_000

const outcomeMetrics = {
  done: 'RunsCompleted',
  cancelled: 'RunsCancelled',
  failed: 'RunsFailed',
  interrupted: 'RunsInterrupted',
} as const

/** What operators watch: how many answers go on, how they end, and what they cost. */
export interface Meter {
  runEnded(outcome: keyof typeof outcomeMetrics, usage: RunUsage | undefined): void
  /** From a request to the first byte of its streamed answer. */
  firstByte(milliseconds: number): void
  /** Writes what is left. */
  close(): void
}

export interface MeterOptions {
  /** The value of the one dimension; undefined measures nothing. */
  readonly service: string | undefined
  readonly liveRuns: () => number
}

/**
 * Writes metrics to standard output, in CloudWatch's embedded metric format, every 15 s: one line
 * that CloudWatch takes from the log by itself. No agent and no call is needed.
 */
export function createMeter({ service, liveRuns }: MeterOptions): Meter {
  if (service === undefined) return silentMeter
  const metrics = new Metrics({ namespace: NAMESPACE, serviceName: service })
  const flush = () => {
    metrics.addMetric('LiveRuns', MetricUnit.Count, liveRuns())
    metrics.publishStoredMetrics()
  }
  const timer = setInterval(flush, FLUSH_MS)
  timer.unref()
  return {
    runEnded: (outcome, usage) => {
      metrics.addMetric(outcomeMetrics[outcome], MetricUnit.Count, 1)
      if (!usage) return
      metrics.addMetric('InputTokens', MetricUnit.Count, usage.inputTokens)
      metrics.addMetric('OutputTokens', MetricUnit.Count, usage.outputTokens)
    },
    firstByte: (milliseconds) => {
      metrics.addMetric('TimeToFirstByte', MetricUnit.Milliseconds, milliseconds)
    },
    close: () => {
      clearInterval(timer)
      flush()
    },
  }
}

const silentMeter: Meter = {
  runEnded: () => undefined,
  firstByte: () => undefined,
  close: () => undefined,
}
