import { Duration, Stack } from 'aws-cdk-lib'
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import {
  type IConnectable,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
} from 'aws-cdk-lib/aws-ec2'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { DatabaseSecret } from 'aws-cdk-lib/aws-rds'
import { HostedRotation, type ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { functionErrors } from '../metrics.ts'
import { AuroraCluster } from './aurora-cluster.ts'
import { KeptLog, type LogDays } from './kept-log.ts'
import { PostgresInstance } from './postgres-instance.ts'
import { LOG_EXPORTS, type PostgresServer, type PostgresServerProps } from './postgres-server.ts'
import { ServiceRole } from './service-role.ts'

export interface DatabaseProps {
  /** What RDS calls it. Fixed, so that no deployment can put an empty one in its place unseen. */
  readonly identifier: string
  readonly vpc: IVpc
  readonly encryptionKey: IKey
  /** `postgres` has a fixed size and a standby; `aurora` changes its size by itself. */
  readonly engine: 'postgres' | 'aurora'
  /** Of `postgres`, without the `db.` that RDS puts before it, as in `m8g.large`. */
  readonly instanceType: string
  /** Of `postgres`. */
  readonly storageGiB: number
  /** Of `postgres`: storage grows by itself up to this; it never shrinks. */
  readonly storageGiBMax: number
  /** Of `aurora`, in units of 2 GiB of memory. */
  readonly capacity: { readonly min: number; readonly max: number }
  readonly backupDays: number
  readonly rotationDays: number
  readonly logDays: LogDays
  /** @default true - a standby in another zone takes over by itself */
  readonly multiAz?: boolean
  /** @default false - protected; deleted only with a last snapshot */
  readonly disposable?: boolean
}

// Not 5432, which every scan tries first. A literal, because a rule that opens a port known only
// at deployment looks to every policy checker like one that opens all of them.
const PORT = 5433
const HTTPS_PORT = 443

/** Conversation history: private, encrypted, TLS only, backed up, and hard to delete. */
export class Database extends Construct {
  /** JSON with `host`, `port`, `username`, `password` and `dbname`. The password rotates. */
  readonly secret: ISecret
  readonly server: PostgresServer
  /** Of the function that rotates the password. */
  readonly rotationErrors: Metric
  readonly #securityGroup: SecurityGroup

  constructor(scope: Construct, id: string, props: DatabaseProps) {
    super(scope, id)
    const { vpc, encryptionKey } = props
    this.#securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'PostgreSQL, reached by the chat service and the rotation of its password',
      allowAllOutbound: false,
    })
    this.server = this.#serve(props, {
      ...props,
      securityGroup: this.#securityGroup,
      secret: new DatabaseSecret(this, 'Secret', { username: 'chatkit', encryptionKey }),
      monitoringRole: this.#monitoringRole(),
      port: PORT,
      multiAz: props.multiAz ?? true,
      disposable: props.disposable ?? false,
    })
    this.secret = this.server.secret
    this.rotationErrors = this.#rotatePassword(props)
  }

  /** Opens the Postgres port to one peer. Nothing else can reach the database. */
  allowFrom(peer: IConnectable): void {
    // Asked from the peer's side, the rule lands in the peer's stack: this one stays independent.
    peer.connections.allowTo(this.#securityGroup, Port.tcp(PORT), 'PostgreSQL')
  }

  #serve(props: DatabaseProps, serverProps: PostgresServerProps): PostgresServer {
    const { engine, instanceType, storageGiB, storageGiBMax, capacity } = props
    const logs = this.#logs(props)
    const server =
      engine === 'aurora'
        ? new AuroraCluster(this, 'Aurora', { ...serverProps, capacity })
        : new PostgresInstance(this, 'Postgres', {
            ...serverProps,
            instanceType,
            storageGiB,
            storageGiBMax,
          })
    server.node.addDependency(...logs)
    return server
  }

  // RDS would make them itself: unencrypted, and never emptied.
  #logs({
    engine,
    identifier,
    encryptionKey,
    logDays,
    disposable = false,
  }: DatabaseProps): KeptLog[] {
    const kind = engine === 'aurora' ? 'cluster' : 'instance'
    const names = engine === 'aurora' ? LOG_EXPORTS.slice(0, 1) : LOG_EXPORTS
    return names.map(
      (name) =>
        new KeptLog(this, `Log-${name}`, {
          name: `/aws/rds/${kind}/${identifier}/${name}`,
          encryptionKey,
          days: logDays,
          disposable,
        }),
    )
  }

  // The new password works as soon as it is set, and connections that are open stay so.
  #rotatePassword(props: DatabaseProps): Metric {
    const { vpc, identifier, rotationDays, encryptionKey, logDays, disposable = false } = props
    const functionName = `${identifier}-database-rotation`
    // There before the function, which would make one of its own.
    const log = new KeptLog(this, 'RotationLog', {
      name: `/aws/lambda/${functionName}`,
      encryptionKey,
      days: logDays,
      disposable,
    })
    const securityGroup = new SecurityGroup(this, 'RotationSecurityGroup', {
      vpc,
      description: 'Rotation of the password of PostgreSQL',
      allowAllOutbound: false,
    })
    securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(HTTPS_PORT), 'Secrets Manager')
    this.#securityGroup.connections.allowFrom(securityGroup, Port.tcp(PORT), 'PostgreSQL')
    const schedule = this.secret.addRotationSchedule('Rotation', {
      hostedRotation: HostedRotation.postgreSqlSingleUser({
        functionName,
        vpc,
        vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
        securityGroups: [securityGroup],
      }),
      automaticallyAfter: Duration.days(rotationDays),
      rotateImmediatelyOnUpdate: false,
    })
    schedule.node.addDependency(log)
    return functionErrors(functionName)
  }

  #monitoringRole() {
    const { account, partition, region } = Stack.of(this)
    const logs = `arn:${partition}:logs:${region}:${account}:log-group:RDSOSMetrics`
    const { role } = new ServiceRole(this, 'Monitoring', {
      service: 'monitoring.rds.amazonaws.com',
      description: 'Writes what the operating system of the database measures',
      statements: [
        new PolicyStatement({
          actions: ['logs:CreateLogGroup', 'logs:PutRetentionPolicy'],
          resources: [logs],
        }),
        new PolicyStatement({
          actions: [
            'logs:CreateLogStream',
            'logs:PutLogEvents',
            'logs:DescribeLogStreams',
            'logs:GetLogEvents',
          ],
          resources: [`${logs}:log-stream:*`],
        }),
      ],
    })
    return role
  }
}
