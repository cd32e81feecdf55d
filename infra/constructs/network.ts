import { Annotations, Stack } from 'aws-cdk-lib'
import {
  CfnNatGateway,
  CfnVPCGatewayAttachment,
  FlowLogDestination,
  type FlowLogOptions,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  NatProvider,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
  type VpcProps,
} from 'aws-cdk-lib/aws-ec2'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { Construct } from 'constructs'
import { KeptLog, type LogDays } from './kept-log.ts'
import { ServiceRole } from './service-role.ts'

const HTTPS_PORT = 443
const ZONES_MAX = 3

/** A VPC that is there already. Every list goes by zone, in the order of `zones`. */
export interface ExistingNetwork {
  readonly vpcId: string
  readonly zones: readonly string[]
  readonly publicSubnetIds: readonly string[]
  readonly privateSubnetIds: readonly string[]
  readonly isolatedSubnetIds: readonly string[]
}

export interface NetworkProps {
  readonly cidr: string
  readonly zones: number
  /**
   * `per-zone` survives a zone, `one` does not; `regional` is one gateway that spans zones. With
   * `none` nothing private reaches the internet: tasks then belong into public subnets.
   */
  readonly nat: 'per-zone' | 'one' | 'regional' | 'none'
  /** Encrypts the flow log. */
  readonly encryptionKey: IKey
  readonly logDays: LogDays
  /**
   * @default - a VPC is made; of an existing one nothing is changed, and its flows are not logged
   */
  readonly existing?: ExistingNetwork | undefined
  /** @default false - the flow log outlives the network */
  readonly disposable?: boolean
}

/**
 * Three layers in every zone: public for the balancer, private for tasks, isolated for the
 * database.
 *
 * Tasks reach the internet through NAT, the database reaches nothing. Every flow is logged. The
 * layers are the same with every kind of NAT, so that it can be changed later.
 */
export class Network extends Construct {
  readonly vpc: IVpc

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id)
    this.vpc = props.existing ? this.#describe(props.existing) : this.#create(props)
  }

  // Described, not looked up: a look-up needs credentials at synth.
  #describe({ vpcId, zones, ...subnets }: ExistingNetwork): IVpc {
    const vpc = Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId,
      availabilityZones: [...zones],
      publicSubnetIds: [...subnets.publicSubnetIds],
      privateSubnetIds: [...subnets.privateSubnetIds],
      isolatedSubnetIds: [...subnets.isolatedSubnetIds],
    })
    Annotations.of(vpc).acknowledgeWarning(
      '@aws-cdk/aws-ec2:noSubnetRouteTableId',
      'Nothing here changes a route of a network that belongs to others',
    )
    return vpc
  }

  #create(props: NetworkProps): IVpc {
    const vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(props.cidr),
      maxAzs: props.zones,
      // Addresses for all zones that there may ever be: a zone is added without moving the others.
      reservedAzs: ZONES_MAX - props.zones,
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
      flowLogs: { All: this.#flowLog(props) },
    })
    if (props.nat === 'none') this.#reachSecrets(vpc, props.cidr)
    if (props.nat === 'regional') waitForInternet(vpc)
    return vpc
  }

  // The rotation of the database's password is private wherever the tasks are, and asks one
  // service. In one zone alone: it is paid by zone, and a rotation can wait.
  #reachSecrets(vpc: Vpc, cidr: string): void {
    const securityGroup = new SecurityGroup(this, 'SecretsSecurityGroup', {
      vpc,
      description: 'Secrets Manager, reached from within the network',
      allowAllOutbound: false,
    })
    // Tasks too: within the network, the name of the service leads here.
    securityGroup.addIngressRule(Peer.ipv4(cidr), Port.tcp(HTTPS_PORT), 'From within the network')
    vpc.addInterfaceEndpoint('Secrets', {
      service: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
      subnets: { subnets: vpc.privateSubnets.slice(0, 1) },
      securityGroups: [securityGroup],
      open: false,
    })
  }

  #flowLog({ encryptionKey, logDays, disposable = false }: NetworkProps): FlowLogOptions {
    const { group } = new KeptLog(this, 'FlowLogs', { encryptionKey, days: logDays, disposable })
    const { role } = new ServiceRole(this, 'FlowLogsWriter', {
      service: 'vpc-flow-logs.amazonaws.com',
      description: 'Writes the flow log of the chat network',
      sourceArn: Stack.of(this).formatArn({
        service: 'ec2',
        resource: 'vpc-flow-log',
        resourceName: '*',
      }),
      statements: [
        new PolicyStatement({
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
          resources: [group.logGroupArn],
        }),
      ],
    })
    return {
      trafficType: FlowLogTrafficType.ALL,
      destination: FlowLogDestination.toCloudWatchLogs(group, role),
    }
  }
}

function natOf({ nat, zones }: NetworkProps): VpcProps {
  if (nat === 'none') return { natGateways: 0 }
  if (nat === 'regional') return { natGatewayProvider: NatProvider.regionalGateway() }
  return { natGateways: nat === 'one' ? 1 : zones }
}

// CDK lets it wait for the internet gateway, but not until that is attached.
function waitForInternet(vpc: Vpc): void {
  const all = vpc.node.findAll()
  const attached = all.filter((one) => one instanceof CfnVPCGatewayAttachment)
  for (const one of all) if (one instanceof CfnNatGateway) one.node.addDependency(...attached)
}
