import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { SubnetType } from 'aws-cdk-lib/aws-ec2'
import {
  AuroraPostgresEngineVersion,
  CaCertificate,
  CfnDBCluster,
  ClusterInstance,
  Credentials,
  DatabaseCluster,
  DatabaseClusterEngine,
  DatabaseInsightsMode,
  type IClusterInstance,
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

export interface AuroraClusterProps extends PostgresServerProps {
  /** In units of 2 GiB of memory, with the processors that go with them. */
  readonly capacity: { readonly min: number; readonly max: number }
}

// Only the major version is fixed, as for the instance: minor ones come in the maintenance window.
const VERSION = AuroraPostgresEngineVersion.of('18', '18')
const engine = DatabaseClusterEngine.auroraPostgres({ version: VERSION })

/** A server that changes its size by itself, with a reader in another zone that takes over. */
export class AuroraCluster extends Construct implements PostgresServer {
  readonly secret: ISecret
  readonly source: PostgresServer['source']
  readonly cpu: PostgresServer['cpu']
  readonly connections: PostgresServer['connections']
  /** Storage of Aurora grows by itself. */
  readonly freeStorage = undefined

  constructor(scope: Construct, id: string, props: AuroraClusterProps) {
    super(scope, id)
    const { encryptionKey, disposable, capacity } = props
    const cluster = new DatabaseCluster(this, 'Cluster', {
      engine,
      clusterIdentifier: props.identifier,
      parameterGroup: postgresParameters(this, engine),
      defaultDatabaseName: DATABASE_NAME,
      credentials: Credentials.fromSecret(props.secret),
      iamAuthentication: true,
      writer: this.#server('Writer', props),
      // It follows the writer's size, so that it can take its place at any moment.
      readers: props.multiAz ? [this.#server('Reader', props)] : [],
      serverlessV2MinCapacity: capacity.min,
      serverlessV2MaxCapacity: capacity.max,
      vpc: props.vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      securityGroups: [props.securityGroup],
      port: props.port,
      storageEncrypted: true,
      storageEncryptionKey: encryptionKey,
      databaseInsightsMode: DatabaseInsightsMode.STANDARD,
      enablePerformanceInsights: true,
      performanceInsightEncryptionKey: encryptionKey,
      monitoringInterval: Duration.minutes(1),
      monitoringRole: props.monitoringRole,
      cloudwatchLogsExports: [LOG_EXPORTS[0]],
      backup: { retention: Duration.days(props.backupDays) },
      deleteAutomatedBackups: disposable,
      copyTagsToSnapshot: true,
      deletionProtection: !disposable,
      removalPolicy: disposable ? RemovalPolicy.DESTROY : RemovalPolicy.SNAPSHOT,
    })
    // cfn-lint 1.51 knows Aurora up to version 17.
    const { defaultChild } = cluster.node
    if (!(defaultChild instanceof CfnDBCluster))
      throw new Error('DatabaseCluster has no CfnDBCluster')
    defaultChild.addMetadata('cfn-lint', { config: { ignore_checks: ['E3690'] } })
    this.secret = cluster.secret ?? props.secret
    this.source = { type: 'db-cluster', id: cluster.clusterIdentifier }
    this.cpu = ofWriter(cluster, 'CPUUtilization')
    this.connections = ofWriter(cluster, 'DatabaseConnections')
  }

  #server(id: string, { encryptionKey }: AuroraClusterProps): IClusterInstance {
    return ClusterInstance.serverlessV2(id, {
      scaleWithWriter: true,
      publiclyAccessible: false,
      autoMinorVersionUpgrade: true,
      enablePerformanceInsights: true,
      performanceInsightEncryptionKey: encryptionKey,
      caCertificate: CaCertificate.RDS_CA_RSA2048_G1,
    })
  }
}

// The service uses the writer alone; on average over a reader that idles, it would look half as
// busy. A failover changes who that is, and the metric follows.
function ofWriter({ clusterIdentifier }: DatabaseCluster, metricName: string): Metric {
  return new Metric({
    namespace: 'AWS/RDS',
    metricName,
    dimensionsMap: { DBClusterIdentifier: clusterIdentifier, Role: 'WRITER' },
  })
}
