import { RemovalPolicy } from 'aws-cdk-lib'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'

/** CloudWatch keeps logs for certain numbers of days only. */
const RETENTION = {
  7: RetentionDays.ONE_WEEK,
  14: RetentionDays.TWO_WEEKS,
  30: RetentionDays.ONE_MONTH,
  90: RetentionDays.THREE_MONTHS,
  180: RetentionDays.SIX_MONTHS,
  365: RetentionDays.ONE_YEAR,
  731: RetentionDays.TWO_YEARS,
} as const
export type LogDays = keyof typeof RETENTION

export interface KeptLogProps {
  readonly encryptionKey: IKey
  readonly days: LogDays
  /** @default - CloudFormation makes one up */
  readonly name?: string
  /** @default false - the log outlives what wrote it */
  readonly disposable?: boolean
}

/** A log that is encrypted, kept for a known time, and still there when its writer has gone. */
export class KeptLog extends Construct {
  readonly group: LogGroup

  constructor(scope: Construct, id: string, props: KeptLogProps) {
    super(scope, id)
    const { encryptionKey, days, name, disposable = false } = props
    this.group = new LogGroup(this, 'Group', {
      ...(name && { logGroupName: name }),
      encryptionKey,
      retention: RETENTION[days],
      removalPolicy: disposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    })
  }
}
