import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2'
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import type { IRole } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { DatabaseSecret } from 'aws-cdk-lib/aws-rds'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'

/** What both kinds of server are made from. */
export interface PostgresServerProps {
  readonly identifier: string
  readonly vpc: IVpc
  readonly securityGroup: ISecurityGroup
  readonly secret: DatabaseSecret
  readonly encryptionKey: IKey
  readonly monitoringRole: IRole
  readonly port: number
  readonly backupDays: number
  readonly multiAz: boolean
  readonly disposable: boolean
}

/** What both kinds of server offer. */
export interface PostgresServer {
  /** Attached: by the time anyone reads it, RDS has written host and port into it. */
  readonly secret: ISecret
  /** What an event subscription calls it. */
  readonly source: { readonly type: 'db-instance' | 'db-cluster'; readonly id: string }
  /** Average use of its processors, in percent. */
  readonly cpu: Metric
  readonly connections: Metric
  /** Bytes that are free, where storage can run out. */
  readonly freeStorage: Metric | undefined
}

export const DATABASE_NAME = 'chatkit'
export const LOG_EXPORTS = ['postgresql', 'upgrade'] as const
