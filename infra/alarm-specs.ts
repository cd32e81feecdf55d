import { Duration } from 'aws-cdk-lib'
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch'
import type { Signals } from './signals.ts'

/** What an alarm watches, and what it means. Its title is a section of RUNBOOK.md. */
export interface AlarmSpec {
  readonly title: string
  /** One sentence for whoever is woken up. */
  readonly meaning: string
  readonly metric: IMetric
  readonly threshold: number
  /** @default 'above' - it rings when the metric is the threshold or more */
  readonly rings?: 'above' | 'below'
  /** Of `of` periods, how many must be bad. */
  readonly bad: number
  readonly of: number
}

const ERRORS_PER_MINUTE = 5
const LIVE_RUNS_PERCENT = 80
const FAILED_RUNS_PERCENT = 5
const INTERRUPTED_RUNS = 5
const FIRST_BYTE_MS = 10_000
const DATABASE_PERCENT = 80
const STORAGE_PERCENT = 10
const STORAGE_BYTES_MIN = 2 * 2 ** 30
const GIB = 2 ** 30

export interface Limits {
  readonly liveRunsMax: number
  /** Undefined for an instance type whose memory is not known. */
  readonly connectionsMax: number | undefined
  readonly storageGiB: number
}

/** Every alarm of an environment. */
export function alarmSpecs(signals: Signals, limits: Limits): AlarmSpec[] {
  return [...entranceSpecs(signals), ...runSpecs(signals, limits), ...dataSpecs(signals, limits)]
}

function entranceSpecs(signals: Signals): AlarmSpec[] {
  return [
    {
      title: 'Balancer errors',
      meaning: 'The load balancer itself answers with 5xx: it found no task, or lost one.',
      metric: signals.balancerErrors,
      threshold: ERRORS_PER_MINUTE,
      bad: 3,
      of: 5,
    },
    {
      title: 'Target errors',
      meaning: 'Tasks answer with 5xx.',
      metric: signals.targetErrors,
      threshold: ERRORS_PER_MINUTE,
      bad: 3,
      of: 5,
    },
    {
      title: 'Unhealthy hosts',
      meaning: 'A task that should serve has not been ready for five minutes.',
      metric: signals.unhealthyHosts,
      threshold: 1,
      bad: 5,
      of: 5,
    },
    {
      title: 'No healthy hosts',
      meaning: 'No task is ready: nobody gets an answer.',
      metric: signals.healthyHosts,
      threshold: 1,
      rings: 'below',
      bad: 2,
      of: 2,
    },
  ]
}

function runSpecs(signals: Signals, { liveRunsMax }: Limits): AlarmSpec[] {
  return [
    {
      title: 'Live runs near the cap',
      meaning: 'Tasks have almost as many live answers as they accept; soon they refuse new ones.',
      metric: signals.liveRuns,
      threshold: Math.floor((liveRunsMax * LIVE_RUNS_PERCENT) / 100),
      bad: 3,
      of: 3,
    },
    {
      title: 'Run failures',
      meaning: `More than ${FAILED_RUNS_PERCENT} % of answers end with an error.`,
      metric: signals.failedPercent,
      threshold: FAILED_RUNS_PERCENT,
      bad: 2,
      of: 3,
    },
    {
      title: 'Interrupted runs',
      meaning: 'Answers are cut off because a task died while it gave them.',
      metric: signals.interruptedRuns,
      threshold: INTERRUPTED_RUNS,
      bad: 1,
      of: 1,
    },
    {
      title: 'Slow first byte',
      meaning: `One answer in a hundred begins after more than ${FIRST_BYTE_MS / 1000} s.`,
      metric: signals.firstByte.with({ period: Duration.minutes(5) }),
      threshold: FIRST_BYTE_MS,
      bad: 2,
      of: 3,
    },
  ]
}

function dataSpecs(signals: Signals, { connectionsMax, storageGiB }: Limits): AlarmSpec[] {
  const { freeStorage } = signals
  return [
    {
      title: 'Database CPU',
      meaning: `The database has used over ${DATABASE_PERCENT} % of its processors for 15 minutes.`,
      metric: signals.databaseCpu,
      threshold: DATABASE_PERCENT,
      bad: 3,
      of: 3,
    },
    ...(connectionsMax === undefined
      ? []
      : [
          {
            title: 'Database connections',
            meaning: `Over ${DATABASE_PERCENT} % of the connections that the database takes are open.`,
            metric: signals.databaseConnections,
            threshold: Math.floor((connectionsMax * DATABASE_PERCENT) / 100),
            bad: 2,
            of: 2,
          },
        ]),
    ...(freeStorage === undefined
      ? []
      : [
          {
            title: 'Database storage',
            meaning: 'The storage of the database is almost full, and has not grown by itself.',
            metric: freeStorage,
            threshold: Math.max(STORAGE_BYTES_MIN, (storageGiB * GIB * STORAGE_PERCENT) / 100),
            rings: 'below' as const,
            bad: 3,
            of: 3,
          },
        ]),
    {
      title: 'Secret rotation',
      meaning: 'A secret could not be rotated. The one in use stays valid.',
      metric: signals.rotationErrors,
      threshold: 1,
      bad: 1,
      of: 1,
    },
  ]
}
