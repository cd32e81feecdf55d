import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import {
  type IConnectable,
  InstanceType,
  type IVpc,
  Port,
  SecurityGroup,
  SubnetType,
} from 'aws-cdk-lib/aws-ec2'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import {
  CaCertificate,
  Credentials,
  DatabaseInstance,
  DatabaseInstanceEngine,
  DatabaseInsightsMode,
  DatabaseSecret,
  ParameterGroup,
  PostgresEngineVersion,
  StorageType,
} from 'aws-cdk-lib/aws-rds'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'

export interface DatabaseProps {
  readonly vpc: IVpc
  readonly encryptionKey: IKey
  /** Without the `db.` that RDS puts before it, as in `m8g.large`. */
  readonly instanceType: string
  readonly storageGiB: number
  /** Storage grows by itself up to this; it never shrinks. */
  readonly storageGiBMax: number
  readonly backupDays: number
  /** @default true - a standby in another zone takes over by itself */
  readonly multiAz?: boolean
  /** @default false - protected; deleted only with a last snapshot */
  readonly disposable?: boolean
}

// Not 5432, which every scan tries first. A literal, because a rule that opens a port known only
// at deployment looks to every policy checker like one that opens all of them.
const DATABASE_PORT = 5433

// Only the major version is fixed: RDS installs minor ones in the maintenance window, and a pinned
// one would ask to go back at the next deployment.
const engine = DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_18 })

/** Conversation history: private, encrypted, TLS only, backed up, and hard to delete. */
export class Database extends Construct {
  /** JSON with `host`, `port`, `username`, `password` and `dbname`. */
  readonly secret: ISecret
  readonly #instance: DatabaseInstance

  constructor(scope: Construct, id: string, props: DatabaseProps) {
    super(scope, id)
    const { vpc, encryptionKey, multiAz = true, disposable = false } = props
    const secret = new DatabaseSecret(this, 'Secret', { username: 'chatkit', encryptionKey })
    this.#instance = new DatabaseInstance(this, 'Instance', {
      engine,
      parameterGroup: this.#parameters(),
      databaseName: 'chatkit',
      credentials: Credentials.fromSecret(secret),
      caCertificate: CaCertificate.RDS_CA_RSA2048_G1,
      instanceType: new InstanceType(props.instanceType),
      multiAz,
      vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      securityGroups: [
        new SecurityGroup(this, 'SecurityGroup', {
          vpc,
          description: 'PostgreSQL, reached by the chat service alone',
          allowAllOutbound: false,
        }),
      ],
      port: DATABASE_PORT,
      publiclyAccessible: false,
      storageType: StorageType.GP3,
      allocatedStorage: props.storageGiB,
      maxAllocatedStorage: props.storageGiBMax,
      storageEncrypted: true,
      storageEncryptionKey: encryptionKey,
      databaseInsightsMode: DatabaseInsightsMode.STANDARD,
      enablePerformanceInsights: true,
      performanceInsightEncryptionKey: encryptionKey,
      backupRetention: Duration.days(props.backupDays),
      deleteAutomatedBackups: disposable,
      copyTagsToSnapshot: true,
      autoMinorVersionUpgrade: true,
      deletionProtection: !disposable,
      removalPolicy: disposable ? RemovalPolicy.DESTROY : RemovalPolicy.SNAPSHOT,
    })
    // The attached secret: by the time anyone reads it, RDS has written host and port into it.
    this.secret = this.#instance.secret ?? secret
  }

  /** Opens the Postgres port to one peer. Nothing else can reach the database. */
  allowFrom(peer: IConnectable): void {
    // Asked from the peer's side, the rule lands in the peer's stack: this one stays independent.
    peer.connections.allowTo(this.#instance, Port.tcp(DATABASE_PORT), 'PostgreSQL')
  }

  #parameters(): ParameterGroup {
    return new ParameterGroup(this, 'Parameters', {
      engine,
      description: 'Connections without TLS are refused',
      parameters: { 'rds.force_ssl': '1' },
    })
  }
}
