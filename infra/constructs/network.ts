import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  NatProvider,
  SubnetType,
  Vpc,
  type VpcProps,
} from 'aws-cdk-lib/aws-ec2'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { RemovalPolicy } from 'aws-cdk-lib'
import { Construct } from 'constructs'

export interface NetworkProps {
  readonly cidr: string
  readonly zones: number
  /** `per-zone` survives a zone; `one` costs least; `regional` is one gateway that spans zones. */
  readonly nat: 'per-zone' | 'one' | 'regional'
  /** @default false - the flow logs outlive the network */
  readonly disposable?: boolean
}

/**
 * Three layers in every zone: public for the balancer, private for tasks, isolated for the database.
 *
 * Tasks reach the internet through NAT, the database reaches nothing. Every flow is logged.
 */
export class Network extends Construct {
  readonly vpc: IVpc

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id)
    this.vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(props.cidr),
      maxAzs: props.zones,
      ...natOf(props),
      subnetConfiguration: [
        // The balancer gets its addresses by itself; nothing else may get a public one.
        { name: 'Public', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false },
        { name: 'Private', subnetType: SubnetType.PRIVATE_WITH_EGRESS },
        { name: 'Isolated', subnetType: SubnetType.PRIVATE_ISOLATED },
      ],
      // Whatever is started without a security group of its own can talk to nobody.
      restrictDefaultSecurityGroup: true,
      // Image layers come from S3: through the gateway they neither cross NAT nor cost traffic.
      gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
      flowLogs: {
        All: {
          trafficType: FlowLogTrafficType.ALL,
          destination: FlowLogDestination.toCloudWatchLogs(this.#flowLogGroup(props)),
        },
      },
    })
  }

  #flowLogGroup({ disposable = false }: NetworkProps): LogGroup {
    return new LogGroup(this, 'FlowLogs', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: disposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    })
  }
}

function natOf({ nat, zones }: NetworkProps): VpcProps {
  if (nat === 'regional') return { natGatewayProvider: NatProvider.regionalGateway() }
  return { natGateways: nat === 'one' ? 1 : zones }
}
