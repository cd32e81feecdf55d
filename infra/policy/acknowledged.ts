import { RegionInfo } from 'aws-cdk-lib/region-info'
import type { Environment } from '../read-config.ts'

/** Findings that stay, each with the reason why. */
export interface Acknowledged {
  /** Where: construct paths, from the stack's part on; what is below them counts too. */
  readonly paths: readonly string[]
  readonly rules: readonly string[]
  readonly reason: string
}

const NIST = 'NIST.800.53.R5'
const HIPAA = 'HIPAA.Security'
const PCI = 'PCI.DSS.321'
const LOG_DAYS_DEMANDED = 365
const BACKUP_DAYS_DEMANDED = 7

/** The functions of our own, and those that CDK brings along for what CloudFormation cannot do. */
const ROTATIONS = ['data/Secrets/JwtRotation', 'service/Secrets/GatewayRotation']
const OWN_FUNCTIONS = [...ROTATIONS, 'service/OpenAiKey/Looks']
const CDK_FUNCTIONS = [
  'network/Custom::VpcRestrictDefaultSGCustomResourceProvider',
  'data/Custom::S3AutoDeleteObjectsCustomResourceProvider',
]
const BUCKETS = ['data/AccessLogs/Bucket', 'data/Attachments/Bucket']

/** All that is acknowledged in an environment, as it is configured. */
export function acknowledged(settings: Environment): Acknowledged[] {
  return [
    ...publicDoor(settings),
    ...storage(),
    ...functions(settings),
    ...rights(settings),
    ...chosen(settings),
  ]
}

function publicDoor({ network }: Environment): Acknowledged[] {
  const neighbour = network.nat === 'none' ? 'the tasks' : 'NAT'
  return [
    {
      paths: ['network/Network/Vpc'],
      rules: named('VPCNoUnrestrictedRouteToIGW', [NIST, HIPAA, PCI]),
      reason: `Public subnets hold the load balancer and ${neighbour}, and nothing else: by this route browsers reach the one, and what tasks ask for leaves.`,
    },
    {
      paths: ['service/Entrance/Balancer/SecurityGroup'],
      rules: ['AwsSolutions-EC23'],
      reason: 'Users come from anywhere. Behind the balancer nothing is open to the internet.',
    },
    {
      paths: ['service/Entrance/Balancer/Redirect80To443'],
      rules: named('ELBv2ACMCertificateRequired', [NIST, HIPAA, PCI]),
      reason: 'This listener answers every request with a redirect to HTTPS and serves nothing.',
    },
    {
      paths: ['service/Entrance/Balancer'],
      rules: [engine('elbv2_logging_enabled_check')],
      reason:
        'Access logs are on. The rule does not see it, because their bucket is in the data stack and its name is an import.',
    },
    {
      paths: ['service/Chat/Task/Definition'],
      rules: ['AwsSolutions-ECS2'],
      reason:
        'The variables hold settings and the names of secrets. Values of secrets are read at run time; CHATKIT-PLAIN-SECRET refuses here what looks like one, or is called like one.',
    },
    {
      paths: ['service/Chat/Task/Definition'],
      rules: [engine('ecs_task_definition_memory_hard_limit_check')],
      reason:
        'Fargate limits the memory of the task. Its two containers run one after the other, so each may have all of it.',
    },
  ]
}

function storage(): Acknowledged[] {
  return [
    {
      paths: ['data/Database'],
      rules: named('RDSInBackupPlan', [NIST, HIPAA]),
      reason:
        'RDS itself keeps backups, from which any moment of backupDays can be restored. A plan of AWS Backup is worth having where an organisation collects copies in another account; it selects by tag, without a change here.',
    },
    {
      paths: BUCKETS,
      rules: named('S3BucketReplicationEnabled', [NIST, HIPAA, PCI]),
      reason:
        'S3 keeps objects in three zones, and versions bring back what was deleted. A copy in another region is for those who run the service there as well.',
    },
    {
      paths: BUCKETS,
      rules: [engine('s3_bucket_object_lock_enabled_check')],
      reason: 'Users may delete what they have uploaded, and logs are emptied by age.',
    },
    {
      paths: ['data/AccessLogs/Bucket'],
      rules: [
        ...named('S3DefaultEncryptionKMS', [NIST, HIPAA, PCI]),
        engine('s3_bucket_default_encryption_kms_check'),
      ],
      reason:
        'Load balancers write logs to buckets that S3 encrypts with its own key, and no other.',
    },
    {
      paths: ['data/AccessLogs/Bucket'],
      rules: [engine('s3_bucket_logging_enabled_check')],
      reason: 'It holds the logs of others. A log of its own would grow by being written.',
    },
  ]
}

function functions({ account }: Environment): Acknowledged[] {
  const findings: Acknowledged[] = [
    {
      paths: OWN_FUNCTIONS,
      rules: named('LambdaConcurrency', [NIST, HIPAA]),
      reason:
        'It runs once in a deployment or rotation. A reservation would take from what others have, and accounts with the smallest quota refuse it.',
    },
    {
      paths: OWN_FUNCTIONS,
      rules: named('LambdaInsideVPC', [NIST, HIPAA, PCI]),
      reason:
        'It talks to Secrets Manager and nothing in the network, to which it would have to be given a way.',
    },
    {
      paths: [...OWN_FUNCTIONS, ...CDK_FUNCTIONS],
      rules: [engine('lambda_inside_vpc_check')],
      reason: 'It talks to one service of AWS and to nothing in the network.',
    },
  ]
  if (account !== undefined) return findings
  return [
    ...findings,
    {
      paths: ROTATIONS,
      rules: [engine('lambda_function_public_access_prohibited_check')],
      reason:
        'Secrets Manager may call it for this account alone. The rule does not see it where the account is only known at deployment.',
    },
  ]
}

function rights({ name, environment, region, account }: Environment): Acknowledged[] {
  const own = account ?? '<AWS::AccountId>'
  const partition = RegionInfo.get(region).partition ?? 'aws'
  const monitoring = `arn:${partition}:logs:${region}:${own}:log-group:RDSOSMetrics`
  const files = `${name}-${environment}-data:ExportsOutputFnGetAttAttachmentsBucket134755D7Arn3EBF7014`
  return [
    {
      paths: ['service/Chat/Task/Roles/Execution'],
      rules: [wildcard('*')],
      reason: 'ecr:GetAuthorizationToken knows no narrower resource.',
    },
    {
      paths: OWN_FUNCTIONS,
      rules: [wildcard('*')],
      reason: 'X-Ray knows no narrower resource for writing traces.',
    },
    {
      paths: ['service/Chat/Task/Roles/Task'],
      rules: [wildcard(`${files}/*`)],
      reason:
        'The bucket holds attachments and nothing else, under names that are made at run time.',
    },
    {
      paths: ['data/Database/Monitoring'],
      rules: [wildcard(`${monitoring}:log-stream:*`)],
      reason: 'RDS makes up the names of the streams of enhanced monitoring.',
    },
  ]
}

/** What the configuration has chosen, knowing what it does without. */
function chosen(settings: Environment): Acknowledged[] {
  const { disposable, network, database, firewall, service, streaming } = settings
  const choices: (Acknowledged & { readonly made: boolean })[] = [
    {
      made: disposable,
      paths: ['data/Database'],
      rules: [
        'AwsSolutions-RDS10',
        ...named('RDSInstanceDeletionProtectionEnabled', [NIST, HIPAA]),
        engine('rds_instance_deletion_protection_enabled_check'),
        engine('rds_cluster_deletion_protection_enabled_check'),
      ],
      reason: 'disposable: true – this environment is meant to be deleted.',
    },
    {
      made: disposable,
      paths: ['service/Entrance/Balancer'],
      rules: [
        ...named('ELBDeletionProtectionEnabled', [NIST, HIPAA]),
        engine('elbv2_deletion_protection_enabled_check'),
      ],
      reason: 'disposable: true – this environment is meant to be deleted.',
    },
    {
      made: !database.multiAz,
      paths: ['data/Database'],
      rules: [
        'AwsSolutions-RDS3',
        ...named('RDSMultiAZSupport', [NIST, HIPAA]),
        engine('rds_instance_multi_az_support_check'),
      ],
      reason: 'database.multiAz: false – a zone that fails takes the database with it.',
    },
    {
      made: database.backupDays < BACKUP_DAYS_DEMANDED,
      paths: ['data/Database'],
      rules: [engine('rds_instance_backup_enabled_check')],
      reason: 'database.backupDays – shorter than a week.',
    },
    {
      made: service.logDays < LOG_DAYS_DEMANDED,
      paths: ['network', 'data', 'service'],
      rules: [engine('cloudwatch_log_group_retention_period_check')],
      reason: 'service.logDays – shorter than a year.',
    },
    {
      made: network.nat === 'none',
      paths: ['service/Chat/Service'],
      rules: [engine('ecs_service_assign_public_ip_disabled_check')],
      reason:
        "network.nat: 'none' – tasks reach the internet by addresses of their own; their security group admits the balancer alone.",
    },
    {
      made: !firewall.enabled,
      paths: ['service/Entrance/Balancer'],
      rules: named('ALBWAFEnabled', [NIST, PCI]),
      reason: 'firewall.enabled: false – the service still checks every request itself.',
    },
    {
      made: streaming.drainCutsStreams,
      paths: ['service/Entrance/Targets'],
      rules: [engine('CHATKIT-DRAIN-CUTS-STREAMS')],
      reason: 'streaming.drainCutsStreams: true – deployments are fast and cut answers.',
    },
  ]
  return choices.filter(({ made }) => made)
}

/** The same rule in several packs. */
function named(rule: string, packs: readonly string[]): string[] {
  return packs.map((pack) => `${pack}-${rule}`)
}

/** A rule of the engine that reads templates: of Control Tower, or our own. */
function engine(rule: string): string {
  return `CloudFormation-Validate::${rule}`
}

function wildcard(resource: string): string {
  return `AwsSolutions-IAM5[Resource::${resource}]`
}
