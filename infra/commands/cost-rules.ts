import { z } from 'zod'
import type { Prices } from './prices.ts'
import type { Resource } from './synthesize.ts'
import { WORKLOAD } from './workload.ts'

/** One thing that is paid for: so many units a month, each at a price. */
export interface CostLine {
  readonly item: string
  readonly quantity: number
  readonly unit: string
  readonly price: number
}

export interface RuleContext {
  readonly prices: Prices
  /** Of the whole environment: some prices depend on a neighbour. */
  readonly resources: readonly Resource[]
}

/** What a resource costs; a text instead names what this table has no price for. */
export type CostRule = (resource: Resource, context: RuleContext) => readonly CostLine[] | string

const { hours } = WORKLOAD
const MIB_PER_GIB = 1024
const CPU_PER_VCPU = 1024
const DAYS_PER_MONTH = hours / 24
/** Secrets Manager and its price list count by so many. */
const READS_PRICED = 10_000

/** By resource type. What is neither here nor in `FREE` is reported as not priced. */
export const COST_RULES: Readonly<Record<string, CostRule>> = {
  'AWS::ECS::Service': fargate,
  'AWS::ECS::Cluster': insights,
  'AWS::ElasticLoadBalancingV2::LoadBalancer': balancer,
  'AWS::EC2::NatGateway': nat,
  'AWS::EC2::EIP': (_, { prices }) => [
    line('Public addresses', 'address-hours', [hours, prices.publicIpHour]),
  ],
  'AWS::EC2::VPCEndpoint': endpoint,
  'AWS::RDS::DBInstance': database,
  'AWS::RDS::DBCluster': (_, { prices }) => [
    line('Database storage', 'GiB', [WORKLOAD.auroraGib, prices.auroraGibMonth]),
    line('Database I/O', 'million', [WORKLOAD.auroraIoMillions, prices.auroraMillionIo]),
  ],
  'AWS::SecretsManager::Secret': (_, { prices }) => [
    line('Secrets', 'secrets', [1, prices.secretMonth]),
  ],
  'AWS::KMS::Key': (_, { prices }) => [line('Encryption keys', 'keys', [1, prices.keyMonth])],
  'AWS::CloudWatch::Alarm': alarm,
  'AWS::CloudWatch::Dashboard': (_, { prices }) => [
    line('Dashboard', 'dashboards', [1, prices.dashboardMonth]),
  ],
  'AWS::Lambda::Function': lambda,
  'AWS::Logs::LogGroup': log,
  'AWS::S3::Bucket': (_, { prices }) => [
    line('Buckets', 'GiB', [WORKLOAD.bucketGib, prices.storageGibMonth]),
  ],
  'AWS::WAFv2::WebACL': firewall,
}

/** Types that cost nothing by themselves. */
export const FREE: readonly RegExp[] = [
  /^AWS::(IAM|ApplicationAutoScaling)::/,
  // Those that only tell: https://aws.amazon.com/aws-cost-management/aws-budgets/pricing/
  /^AWS::Budgets::Budget$/,
  /^AWS::CertificateManager::Certificate$/, // public ones
  /^AWS::EC2::(FlowLog|InternetGateway|Route|RouteTable|SecurityGroup\w*|Subnet\w*|VPC|VPCGatewayAttachment)$/,
  /^AWS::ECS::TaskDefinition$/,
  /^AWS::ElasticLoadBalancingV2::(Listener|ListenerRule|ListenerCertificate|TargetGroup)$/,
  /^AWS::Events::Rule$/, // events of AWS services
  /^AWS::KMS::Alias$/,
  /^AWS::Lambda::Permission$/,
  /^AWS::Logs::(QueryDefinition|ResourcePolicy|MetricFilter)$/,
  /^AWS::RDS::(DBParameterGroup|DBClusterParameterGroup|DBSubnetGroup|EventSubscription)$/,
  /^AWS::Route53::RecordSet$/, // an alias to a load balancer
  /^AWS::S3::BucketPolicy$/,
  // The function that a hosted rotation runs is like those that are counted: some cents a year.
  /^AWS::SecretsManager::(ResourcePolicy|RotationSchedule|SecretTargetAttachment)$/,
  /^AWS::SNS::(Topic|TopicPolicy|Subscription)$/, // the first thousand mails a month
  /^AWS::WAFv2::(WebACLAssociation|LoggingConfiguration)$/,
  /^AWS::CDK::Metadata$/,
  /^Custom::/, // what they do is done by a function, which is a resource of its own
]

function line(item: string, unit: string, [quantity, price]: [number, number]): CostLine {
  return { item, quantity, unit, price }
}

const TaskDefinition = z.object({
  Cpu: z.coerce.number(),
  Memory: z.coerce.number(),
  RuntimePlatform: z
    .object({ CpuArchitecture: z.enum(['ARM64', 'X86_64']) })
    .default({ CpuArchitecture: 'X86_64' }),
  ContainerDefinitions: z
    .array(
      z.object({
        Essential: z.boolean().default(true),
        Environment: z.array(z.object({ Name: z.string() })).default([]),
      }),
    )
    .default([]),
})
/** How many secrets the containers that stay read at run time. */
function secretsOf(containers: z.infer<typeof TaskDefinition>['ContainerDefinitions']): number {
  const lasting = containers.filter(({ Essential }) => Essential)
  const names = lasting.flatMap(({ Environment }) => Environment.map(({ Name }) => Name))
  return names.filter((name) => name.endsWith('_SECRET_ID')).length
}

const ScalableTarget = z.object({ MinCapacity: z.number() })

function fargate({ stack, Properties }: Resource, { prices, resources }: RuleContext) {
  const near = (type: string) =>
    resources.find((resource) => resource.Type === type && resource.stack === stack)?.Properties
  const { Cpu, Memory, RuntimePlatform, ContainerDefinitions } = TaskDefinition.parse(
    near('AWS::ECS::TaskDefinition'),
  )
  const scaling = near('AWS::ApplicationAutoScaling::ScalableTarget')
  const tasks = scaling
    ? ScalableTarget.parse(scaling).MinCapacity
    : z.number().catch(1).parse(Properties['DesiredCount'])
  const { vcpu, gib } = prices.fargateHour[RuntimePlatform.CpuArchitecture]
  const secrets = secretsOf(ContainerDefinitions)
  const reads = (tasks * secrets * WORKLOAD.secretReadsHour * hours) / READS_PRICED
  const isPublic = /"AssignPublicIp":"ENABLED"/.test(JSON.stringify(Properties))
  return [
    ...(isPublic
      ? [line('Public addresses', 'address-hours', [hours * tasks, prices.publicIpHour])]
      : []),
    line('Secrets: reads', 'ten thousand', [reads, prices.secretReads]),
    line('Tasks: processors', 'vCPU-hours', [(tasks * hours * Cpu) / CPU_PER_VCPU, vcpu]),
    line('Tasks: memory', 'GiB-hours', [(tasks * hours * Memory) / MIB_PER_GIB, gib]),
    line('Metrics of the service', 'metrics', [WORKLOAD.serviceMetrics, prices.metricMonth]),
  ]
}

function insights({ Properties }: Resource, { prices }: RuleContext): readonly CostLine[] {
  if (!/"containerInsights","Value":"en/.test(JSON.stringify(Properties))) return []
  return [line('Container Insights', 'metrics', [WORKLOAD.insightsMetrics, prices.metricMonth])]
}

function balancer({ Properties }: Resource, { prices }: RuleContext): readonly CostLine[] {
  const zones = z.array(z.unknown()).catch([]).parse(Properties['Subnets']).length
  const units = hours * WORKLOAD.balancerUnits
  return [
    line('Load balancer', 'hours', [hours, prices.balancerHour]),
    line('Load balancer: capacity units', 'LCU-hours', [units, prices.balancerUnitHour]),
    line('Public addresses', 'address-hours', [hours * zones, prices.publicIpHour]),
    line('Traffic to the internet', 'GiB', [WORKLOAD.trafficOutGib, prices.trafficOutGib]),
  ]
}

function nat({ Properties }: Resource, { prices, resources }: RuleContext): readonly CostLine[] {
  const gateways = resources.filter(({ Type }) => Type === 'AWS::EC2::NatGateway').length
  // A regional one is paid for, and has an address, in each zone that it works in.
  const isRegional = Properties['AvailabilityMode'] === 'regional'
  const zones = isRegional ? zonesOf(resources) : 1
  return [
    line('NAT', 'hours', [hours * zones, prices.natHour]),
    line('NAT: traffic', 'GiB', [WORKLOAD.natGib / gateways, prices.natGib]),
    ...(isRegional
      ? [line('Public addresses', 'address-hours', [hours * zones, prices.publicIpHour])]
      : []),
  ]
}

function zonesOf(resources: readonly Resource[]): number {
  const balancers = resources.filter(({ Type }) => Type.endsWith('V2::LoadBalancer'))
  const counts = balancers.map(
    ({ Properties }) => z.array(z.unknown()).catch([]).parse(Properties['Subnets']).length,
  )
  return Math.max(1, ...counts)
}

function endpoint({ Properties }: Resource, { prices }: RuleContext): readonly CostLine[] {
  if (Properties['VpcEndpointType'] !== 'Interface') return [] // gateways are free
  const zones = z.array(z.unknown()).catch([]).parse(Properties['SubnetIds']).length
  return [line('Interface endpoints', 'hours', [hours * Math.max(1, zones), prices.endpointHour])]
}

const Instance = z.object({
  DBInstanceClass: z.string(),
  AllocatedStorage: z.coerce.number().default(0),
  MultiAZ: z.boolean().default(false),
})
const Cluster = z.object({
  ServerlessV2ScalingConfiguration: z.object({ MinCapacity: z.number() }),
})

function database({ Properties }: Resource, { prices, resources }: RuleContext) {
  const { DBInstanceClass, AllocatedStorage, MultiAZ } = Instance.parse(Properties)
  if (DBInstanceClass === 'db.serverless') {
    const cluster = resources.find(({ Type }) => Type === 'AWS::RDS::DBCluster')
    const { MinCapacity } = Cluster.parse(cluster?.Properties).ServerlessV2ScalingConfiguration
    return [line('Database', 'ACU-hours', [hours * MinCapacity, prices.auroraUnitHour])]
  }
  const price = prices.databaseHour[DBInstanceClass.replace(/^db\./, '')]
  if (price === undefined) return `the instance type ${DBInstanceClass}`
  const copies = MultiAZ ? 2 : 1
  return [
    line(`Database`, 'instance-hours', [hours * copies, price]),
    line('Database storage', 'GiB', [AllocatedStorage * copies, prices.databaseGibMonth]),
  ]
}

const Function = z.object({ MemorySize: z.number().default(128), Timeout: z.number().default(3) })

/** As if each run took as long as it may. */
function lambda({ Properties }: Resource, { prices }: RuleContext): readonly CostLine[] {
  const { MemorySize, Timeout } = Function.parse(Properties)
  const used = (WORKLOAD.functionRuns * Timeout * MemorySize) / MIB_PER_GIB
  return [line('Functions', 'GiB-seconds', [used, prices.functionGibSecond])]
}

const LogGroup = z.object({
  LogGroupName: z.string().catch(''),
  RetentionInDays: z.number().default(Infinity),
})

function log({ id, Properties }: Resource, { prices, resources }: RuleContext) {
  const { LogGroupName, RetentionInDays } = LogGroup.parse(Properties)
  const written = writtenTo(LogGroupName, id, resources)
  const months = Math.min(RetentionInDays / DAYS_PER_MONTH, WORKLOAD.monthsOfLogs)
  return [
    line('Logs written', 'GiB', [written, prices.logGib]),
    line('Logs kept', 'GiB', [written * months * WORKLOAD.logCompression, prices.logGibMonth]),
  ]
}

function writtenTo(name: string, id: string, resources: readonly Resource[]): number {
  if (name.startsWith('/aws/ecs/containerinsights/')) return WORKLOAD.insightsLogGib
  const isOfFunction = resources.some(
    ({ Type, Properties }) =>
      Type === 'AWS::Lambda::Function' && JSON.stringify(Properties).includes(`"Ref":"${id}"`),
  )
  const isQuiet = isOfFunction || name.startsWith('/aws/lambda/') || name.endsWith('/upgrade')
  return isQuiet ? 0 : WORKLOAD.logGib
}

function alarm({ Properties }: Resource, { prices }: RuleContext): readonly CostLine[] {
  // One that computes with several metrics is paid for each of them.
  const Queries = z.array(z.object({ MetricStat: z.unknown().optional() })).catch([{}])
  const metrics = Queries.parse(Properties['Metrics']).filter(({ MetricStat }) => MetricStat).length
  return [line('Alarms', 'metrics', [Math.max(1, metrics), prices.alarmMonth])]
}

function firewall({ Properties }: Resource, { prices }: RuleContext): readonly CostLine[] {
  const rules = z.array(z.unknown()).catch([]).parse(Properties['Rules']).length
  return [
    line('Firewall', 'lists', [1, prices.firewallMonth]),
    line('Firewall: rules', 'rules', [rules, prices.firewallRuleMonth]),
    line('Firewall: requests', 'million', [
      WORKLOAD.requestsMillions,
      prices.firewallMillionRequests,
    ]),
  ]
}
