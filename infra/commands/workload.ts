/**
 * How much an environment is used in a month: what no template says, assumed alike for all of them.
 *
 * About 100 000 answers, each a minute long and 30 KiB, which the fewest tasks of the scaling
 * carry.
 */
export const WORKLOAD = {
  hours: 730,
  /** Capacity units of each load balancer, on average. */
  balancerUnits: 1,
  /** What tasks send to and get from the model and AWS. */
  natGib: 20,
  trafficOutGib: 10,
  /** Of each log, but those of functions, which say next to nothing. */
  logGib: 2,
  insightsLogGib: 0.5,
  /**
   * What is left of a log when CloudWatch has compressed it, and how long an environment has run.
   */
  logCompression: 0.15,
  monthsOfLogs: 12,
  /** Of each secret in each task: three versions, once a minute while there is something to do. */
  secretReadsHour: 180,
  /** Of each function. */
  functionRuns: 10,
  /** Of each bucket. */
  bucketGib: 20,
  requestsMillions: 1,
  auroraGib: 20,
  auroraIoMillions: 10,
  /** Container Insights of one service, and what the service itself reports. */
  insightsMetrics: 30,
  serviceMetrics: 10,
} as const
