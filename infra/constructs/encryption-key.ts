import { RemovalPolicy, Stack } from 'aws-cdk-lib'
import { AnyPrincipal, Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Construct } from 'constructs'

export interface EncryptionKeyProps {
  readonly description: string
  /** @default false - CloudWatch Logs cannot encrypt with it */
  readonly forLogs?: boolean
  /**
   * Services that publish to an encrypted topic, such as `cloudwatch.amazonaws.com`.
   *
   * @default - none
   */
  readonly publishers?: readonly string[]
  /** @default false - the key outlives its stack, as what it has encrypted does */
  readonly disposable?: boolean
}

/** A key of the customer's own: renewed every year, and lent to AWS services alone. */
export class EncryptionKey extends Construct {
  readonly key: Key

  constructor(scope: Construct, id: string, props: EncryptionKeyProps) {
    super(scope, id)
    const { description, forLogs = false, publishers = [], disposable = false } = props
    this.key = new Key(this, 'Key', {
      description,
      enableKeyRotation: true,
      removalPolicy: disposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    })
    this.#lendToServicesOnly()
    if (forLogs) this.#letLogsEncrypt()
    if (publishers.length > 0) this.#letPublish(publishers)
  }

  // A grant is a right that no policy shows. Services such as RDS need them; people do not.
  #lendToServicesOnly(): void {
    this.key.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['kms:CreateGrant'],
        resources: ['*'],
        conditions: {
          BoolIfExists: {
            'kms:GrantIsForAWSResource': 'false',
            'aws:PrincipalIsAWSService': 'false',
          },
        },
      }),
    )
  }

  #letLogsEncrypt(): void {
    const { account, partition, region } = Stack.of(this)
    this.key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('logs.amazonaws.com')],
        actions: [
          'kms:Encrypt',
          'kms:Decrypt',
          'kms:ReEncrypt*',
          'kms:GenerateDataKey*',
          'kms:DescribeKey',
        ],
        resources: ['*'],
        conditions: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*`,
          },
        },
      }),
    )
  }

  #letPublish(publishers: readonly string[]): void {
    this.key.addToResourcePolicy(
      new PolicyStatement({
        principals: publishers.map((service) => new ServicePrincipal(service)),
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    )
  }
}
