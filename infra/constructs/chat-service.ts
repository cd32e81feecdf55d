import { Duration } from 'aws-cdk-lib'
import { type IVpc, Peer, Port, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2'
import {
  AvailabilityZoneRebalancing,
  CfnService,
  Cluster,
  ContainerInsights,
  FargateService,
  PropagatedTagSource,
} from 'aws-cdk-lib/aws-ecs'
import { Construct } from 'constructs'
import { ChatTask, type ChatTaskProps } from './chat-task.ts'

export interface ChatServiceProps extends ChatTaskProps {
  readonly vpc: IVpc
  readonly tasks: { readonly min: number; readonly max: number }
}

const CPU_TARGET_PERCENT = 60
const FAILED_TASKS_MAX = 3

/** The chat server as a fleet of tasks over all zones, replaced without cutting streams. */
export class ChatService extends Construct {
  readonly service: FargateService

  constructor(scope: Construct, id: string, props: ChatServiceProps) {
    super(scope, id)
    const { vpc, tasks } = props
    const { definition, roles } = new ChatTask(this, 'Task', props)
    this.service = new FargateService(this, 'Service', {
      cluster: new Cluster(this, 'Cluster', {
        vpc,
        containerInsightsV2: ContainerInsights.ENABLED,
      }),
      taskDefinition: definition,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
      securityGroups: [this.#securityGroup(vpc)],
      // No desiredCount: each deployment would undo what scaling has reached.
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      availabilityZoneRebalancing: AvailabilityZoneRebalancing.ENABLED,
      circuitBreaker: { rollback: true },
      // A first task may wait for another one's migration before it is ready.
      healthCheckGracePeriod: Duration.minutes(2),
      enableExecuteCommand: false,
      enableECSManagedTags: true,
      propagateTags: PropagatedTagSource.SERVICE,
    })
    // Without it, the first tasks may start before they may pull their image.
    this.service.node.addDependency(roles.execution)
    this.#endDeploymentsEarly()
    this.#scale(tasks)
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

  #scale({ min, max }: ChatServiceProps['tasks']): void {
    const scaling = this.service.autoScaleTaskCount({ minCapacity: min, maxCapacity: max })
    scaling.scaleOnCpuUtilization('Cpu', {
      targetUtilizationPercent: CPU_TARGET_PERCENT,
      scaleOutCooldown: Duration.minutes(1),
      // Every task that leaves drains its streams; leave in no hurry.
      scaleInCooldown: Duration.minutes(10),
    })
  }
}
