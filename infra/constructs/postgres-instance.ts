import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { InstanceType, SubnetType } from 'aws-cdk-lib/aws-ec2'
import {
  CaCertificate,
  Credentials,
  DatabaseInsightsMode,
  DatabaseInstance,
  DatabaseInstanceEngine,
  PostgresEngineVersion,
  StorageType,
} from 'aws-cdk-lib/aws-rds'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { postgresParameters } from './postgres-parameters.ts'
import {
  DATABASE_NAME,
  LOG_EXPORTS,
  type PostgresServer,
  type PostgresServerProps,
} from './postgres-server.ts'

export interface PostgresInstanceProps extends PostgresServerProps {
  /** Without the `db.` that RDS puts before it, as in `m8g.large`. */
  readonly instanceType: string
  readonly storageGiB: number
  /** Storage grows by itself up to this; it never shrinks. */
  readonly storageGiBMax: number
}

// Only the major version is fixed: RDS installs minor ones in the maintenance window, and a pinned
// one would ask to go back at the next deployment.
const engine = DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_18 })

/** One server of fixed size, with a standby in another zone that takes over by itself. */
export class PostgresInstance extends Construct implements PostgresServer {
  readonly secret: ISecret
  readonly source: PostgresServer['source']
  readonly cpu: PostgresServer['cpu']
  readonly connections: PostgresServer['connections']
  readonly freeStorage: PostgresServer['freeStorage']

  constructor(scope: Construct, id: string, props: PostgresInstanceProps) {
    super(scope, id)
    const { encryptionKey, disposable } = props
    const instance = new DatabaseInstance(this, 'Instance', {
      engine,
      instanceIdentifier: props.identifier,
      parameterGroup: postgresParameters(this, engine),
      databaseName: DATABASE_NAME,
      credentials: Credentials.fromSecret(props.secret),
      // Nobody has been let in by it yet; turned on later, it would restart the server.
      iamAuthentication: true,
      caCertificate: CaCertificate.RDS_CA_RSA2048_G1,
      instanceType: new InstanceType(props.instanceType),
      multiAz: props.multiAz,
      vpc: props.vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      securityGroups: [props.securityGroup],
      port: props.port,
      publiclyAccessible: false,
      storageType: StorageType.GP3,
      allocatedStorage: props.storageGiB,
      maxAllocatedStorage: props.storageGiBMax,
      storageEncrypted: true,
      storageEncryptionKey: encryptionKey,
      databaseInsightsMode: DatabaseInsightsMode.STANDARD,
      enablePerformanceInsights: true,
      performanceInsightEncryptionKey: encryptionKey,
      monitoringInterval: Duration.minutes(1),
      monitoringRole: props.monitoringRole,
      cloudwatchLogsExports: [...LOG_EXPORTS],
      backupRetention: Duration.days(props.backupDays),
      deleteAutomatedBackups: disposable,
      copyTagsToSnapshot: true,
      autoMinorVersionUpgrade: true,
      deletionProtection: !disposable,
      removalPolicy: disposable ? RemovalPolicy.DESTROY : RemovalPolicy.SNAPSHOT,
    })
    this.secret = instance.secret ?? props.secret
    this.source = { type: 'db-instance', id: instance.instanceIdentifier }
    this.cpu = instance.metricCPUUtilization()
    this.connections = instance.metricDatabaseConnections()
    this.freeStorage = instance.metricFreeStorageSpace()
  }
}
