import { Duration } from 'aws-cdk-lib'

/** The five numbers a platform team may choose; every other time-out follows from them. */
export interface StreamingInput {
  /** Silence after which the service sends a comment: only data resets the balancer's timer. */
  readonly heartbeatSeconds: number
  /** Silence after which the balancer closes a connection. */
  readonly idleSeconds: number
  /** Longest answer; after it the service ends the stream cleanly. */
  readonly streamSecondsMax: number
  /** How long a task that leaves keeps its open streams: the deregistration delay. */
  readonly drainSeconds: number
  /** Time between SIGTERM and SIGKILL. */
  readonly stopSeconds: number
  /** Accepts that a deployment cuts answers longer than `drainSeconds`. */
  readonly drainCutsStreams: boolean
}

export interface Contradiction {
  readonly setting: keyof StreamingInput
  /** Completes the sentence "<setting> must be …". */
  readonly allowed: string
}

// The balancer allows 4000, but no stream is silent for longer than the longest drain.
const IDLE_SECONDS_MAX = 3600
// Limits of the platform: ALB deregistration delay, and Fargate's stop time-out.
const DRAIN_SECONDS_MAX = 3600
const STOP_SECONDS_MAX = 120

// Node must outlive the balancer's idle timer, or the balancer reuses a socket that Node has just
// closed and a client sees 502. The timers of a request do not run while a socket is idle.
const MARGIN_SECONDS = 5
const REQUEST_SECONDS = 60
// Left between the service's own deadline and SIGKILL, so that it ends by itself.
const STOP_MARGIN_SECONDS = 10

/** A task gets requests 20 s after it is ready, and none 30 s after it no longer is. */
const READINESS = {
  interval: Duration.seconds(10),
  timeout: Duration.seconds(5),
  healthyThresholdCount: 2,
  unhealthyThresholdCount: 3,
} as const
/** A process that hangs is replaced after 45 s. */
const LIVENESS = {
  interval: Duration.seconds(15),
  timeout: Duration.seconds(5),
  retries: 3,
  startPeriod: Duration.minutes(2),
} as const
/** A first task may wait for another one's migration before it is ready. */
const GRACE = Duration.minutes(2)

/** Every reason why these numbers cannot work together; empty when they can. */
export function contradictionsOf(input: StreamingInput): Contradiction[] {
  const { heartbeatSeconds, idleSeconds, streamSecondsMax, drainSeconds, stopSeconds } = input
  const rules: (Contradiction & { holds: boolean })[] = [
    {
      setting: 'heartbeatSeconds',
      holds: heartbeatSeconds >= 1 && heartbeatSeconds * 2 <= idleSeconds,
      allowed: `at least 1 and at most half of idleSeconds (${idleSeconds}), or one late heartbeat ends a stream`,
    },
    {
      setting: 'idleSeconds',
      holds: idleSeconds <= IDLE_SECONDS_MAX,
      allowed: `at most ${IDLE_SECONDS_MAX}`,
    },
    {
      setting: 'streamSecondsMax',
      holds: streamSecondsMax > REQUEST_SECONDS,
      allowed: `more than ${REQUEST_SECONDS}, the time a request may take to arrive`,
    },
    {
      setting: 'drainSeconds',
      holds: drainSeconds >= 0 && drainSeconds <= DRAIN_SECONDS_MAX,
      allowed: `from 0 to ${DRAIN_SECONDS_MAX}, the load balancer's limit`,
    },
    {
      setting: 'drainSeconds',
      holds: input.drainCutsStreams || drainSeconds > streamSecondsMax,
      allowed: `more than streamSecondsMax (${streamSecondsMax}), or a deployment cuts answers; drainCutsStreams: true accepts that`,
    },
    {
      setting: 'stopSeconds',
      holds: stopSeconds >= STOP_MARGIN_SECONDS * 2 && stopSeconds <= STOP_SECONDS_MAX,
      allowed: `from ${STOP_MARGIN_SECONDS * 2} to ${STOP_SECONDS_MAX}, Fargate's limit`,
    },
  ]
  return rules.filter((rule) => !rule.holds)
}

/**
 * The time-outs of balancer, target group, task and service, consistent by construction.
 *
 * Refuses contradictory numbers, so whoever holds one of these need not check again.
 */
export class Streaming {
  readonly idle: Duration
  readonly drain: Duration
  readonly stop: Duration
  /** When the balancer sends requests to a task, and when it no longer does. */
  readonly readiness = READINESS
  /** When a process counts as dead. */
  readonly liveness = LIVENESS
  /** How long a new task may fail either check. */
  readonly grace = GRACE
  /** What the service must know; seconds, as text. */
  readonly environment: Readonly<Record<string, string>>
  // A private member makes the type nominal: only the checked constructor can produce one.
  readonly #input: StreamingInput

  constructor(input: StreamingInput) {
    const contradictions = contradictionsOf(input)
    if (contradictions.length > 0) {
      throw new Error(
        contradictions.map(({ setting, allowed }) => `${setting} must be ${allowed}`).join('; '),
      )
    }
    this.#input = input
    this.idle = Duration.seconds(input.idleSeconds)
    this.drain = Duration.seconds(input.drainSeconds)
    this.stop = Duration.seconds(input.stopSeconds)
    this.environment = this.#environment()
  }

  #environment(): Record<string, string> {
    const keepAliveSeconds = this.#input.idleSeconds + MARGIN_SECONDS
    return {
      HEARTBEAT_SECONDS: String(this.#input.heartbeatSeconds),
      KEEP_ALIVE_SECONDS: String(keepAliveSeconds),
      HEADERS_TIMEOUT_SECONDS: String(REQUEST_SECONDS),
      REQUEST_TIMEOUT_SECONDS: String(REQUEST_SECONDS),
      STREAM_SECONDS_MAX: String(this.#input.streamSecondsMax),
      SHUTDOWN_SECONDS: String(this.#input.stopSeconds - STOP_MARGIN_SECONDS),
    }
  }
}
