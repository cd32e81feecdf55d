import { Duration } from 'aws-cdk-lib'
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { type IVpc, Peer, Port, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2'
import {
  AvailabilityZoneRebalancing,
  CfnService,
  Cluster,
  ContainerInsights,
  FargateService,
  PropagatedTagSource,
} from 'aws-cdk-lib/aws-ecs'
import type { LogGroup } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { Database } from './database.ts'
import { KeptLog } from './kept-log.ts'
import { ChatTask, type ChatTaskProps } from './chat-task.ts'

export interface ChatServiceProps extends ChatTaskProps {
  /** Of the cluster. Fixed, as the name of its log follows from it. */
  readonly name: string
  readonly vpc: IVpc
  readonly tasks: { readonly min: number; readonly max: number }
  /** Live answers in one task, on average over all tasks. */
  readonly liveRuns: Metric
  /** How many live answers one task accepts; tasks are added long before. */
  readonly liveRunsMax: number
  /**
   * Whether tasks have public addresses, as they need without NAT. Nothing reaches them by these:
   * their security group admits the balancer alone.
   * @default false - tasks are in private subnets
   */
  readonly isPublic?: boolean
}

const CPU_TARGET_PERCENT = 60
const LIVE_RUNS_TARGET_PERCENT = 60
const FAILED_TASKS_MAX = 3

const PACE = {
  scaleOutCooldown: Duration.minutes(1),
  // Every task that leaves drains its streams; leave in no hurry.
  scaleInCooldown: Duration.minutes(10),
} as const

/** The chat server as a fleet of tasks over all zones, replaced without cutting streams. */
export class ChatService extends Construct {
  readonly service: FargateService
  readonly log: LogGroup
  /** Another one for each version, be it of the image or of what it is told. */
  readonly fingerprint: string

  constructor(scope: Construct, id: string, props: ChatServiceProps) {
    super(scope, id)
    const { vpc, streaming, isPublic = false } = props
    const { definition, roles, log, fingerprint } = new ChatTask(this, 'Task', props)
    this.log = log.group
    this.fingerprint = fingerprint
    this.service = new FargateService(this, 'Service', {
      cluster: this.#cluster(props),
      taskDefinition: definition,
      vpcSubnets: {
        subnetType: isPublic ? SubnetType.PUBLIC : SubnetType.PRIVATE_WITH_EGRESS,
      },
      assignPublicIp: isPublic,
      securityGroups: [this.#securityGroup(vpc)],
      // No desiredCount: each deployment would undo what scaling has reached.
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      availabilityZoneRebalancing: AvailabilityZoneRebalancing.ENABLED,
      circuitBreaker: { rollback: true },
      healthCheckGracePeriod: streaming.grace,
      enableExecuteCommand: false,
      enableECSManagedTags: true,
      propagateTags: PropagatedTagSource.SERVICE,
    })
    // Without them, the first tasks may start before they may pull their image or read a secret.
    this.service.node.addDependency(...roles.policies)
    this.#endDeploymentsEarly()
    this.#scale(props)
  }

  #cluster({ name, vpc, encryptionKey, logDays, disposable = false }: ChatServiceProps): Cluster {
    // There before the cluster, for which ECS would make one that is not encrypted.
    const log = new KeptLog(this, 'InsightsLog', {
      name: `/aws/ecs/containerinsights/${name}/performance`,
      encryptionKey,
      days: logDays,
      disposable,
    })
    const cluster = new Cluster(this, 'Cluster', {
      clusterName: name,
      vpc,
      containerInsightsV2: ContainerInsights.ENABLED,
    })
    cluster.node.addDependency(log)
    return cluster
  }

  /** Opens the way to the database for as long as there are tasks: those that leave need it too. */
  reach(database: Database): void {
    database.allowFrom(this.service)
    this.service.node.addDependency(...this.service.connections.securityGroups)
  }

  #securityGroup(vpc: IVpc): SecurityGroup {
    const group = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Chat tasks',
      allowAllOutbound: false,
    })
    group.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'Model provider and AWS APIs')
    return group
  }

  // Settings that the L2 construct lacks. A bad version fails after three tasks instead of half the
  // fleet; a good one is done once it is healthy, while the old one still drains.
  #endDeploymentsEarly(): void {
    const { defaultChild } = this.service.node
    if (!(defaultChild instanceof CfnService)) throw new Error('FargateService has no CfnService')
    defaultChild.addPropertyOverride('DeploymentConfiguration', {
      DeploymentCircuitBreaker: {
        ThresholdConfiguration: { Type: 'COUNT', Value: FAILED_TASKS_MAX },
      },
      EarlySuccessCriteria: {
        Enable: true,
        HealthyPercent: 100,
        SourceServiceRevisionCleanup: 'DEFERRED',
      },
    })
    // cfn-lint 1.51 does not know them yet; the schema that CDK checks at synth does.
    defaultChild.addMetadata('cfn-lint', { config: { ignore_checks: ['E3002'] } })
  }

  // The number of requests would mislead: a stream is one request, for a second or for minutes.
  #scale({ tasks, liveRuns, liveRunsMax }: ChatServiceProps): void {
    const scaling = this.service.autoScaleTaskCount({
      minCapacity: tasks.min,
      maxCapacity: tasks.max,
    })
    scaling.scaleToTrackCustomMetric('LiveRuns', {
      ...PACE,
      metric: liveRuns,
      targetValue: Math.floor((liveRunsMax * LIVE_RUNS_TARGET_PERCENT) / 100),
    })
    scaling.scaleOnCpuUtilization('Cpu', { ...PACE, targetUtilizationPercent: CPU_TARGET_PERCENT })
  }
}
