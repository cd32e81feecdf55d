import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  HttpMethods,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import { publishEvents } from './published-events.ts'

export interface AttachmentsProps {
  readonly encryptionKey: IKey
  /** Pages whose browsers may upload and show files, by addresses that the service has signed. */
  readonly origins: readonly string[]
  /** Where it is written who touched a file. */
  readonly accessLogs: IBucket
  /** @default false - files outlive their stack */
  readonly disposable?: boolean
}

// Long enough to bring a file back that was deleted by mistake.
const DELETED_KEPT_DAYS = 30

/** Files of conversations: private, encrypted, reached over TLS, recoverable for a month. */
export class Attachments extends Construct {
  readonly bucket: Bucket
  readonly #encryptionKey: IKey

  constructor(scope: Construct, id: string, props: AttachmentsProps) {
    super(scope, id)
    const { encryptionKey, origins, accessLogs, disposable = false } = props
    this.#encryptionKey = encryptionKey
    this.bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      encryption: BucketEncryption.KMS,
      encryptionKey,
      // One call to KMS for many files instead of one for each.
      bucketKeyEnabled: true,
      versioned: true,
      lifecycleRules: [
        {
          noncurrentVersionExpiration: Duration.days(DELETED_KEPT_DAYS),
          expiredObjectDeleteMarker: true,
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
      cors: [
        {
          allowedOrigins: [...origins],
          allowedMethods: [HttpMethods.PUT, HttpMethods.GET],
          // An upload carries the headers that were signed, and browsers add their own.
          allowedHeaders: ['*'],
          maxAge: Duration.hours(1).toSeconds(),
        },
      ],
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: 'attachments/',
      removalPolicy: disposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      autoDeleteObjects: disposable,
    })
    publishEvents(this.bucket)
  }

  /**
   * What the service needs: to write, read and delete a file whose name it knows. Not to list them.
   *
   * Written out, because `grantReadWrite` would name the reader in the key's policy, and the stack
   * of the key would depend on the stack of the reader.
   */
  useStatements(): PolicyStatement[] {
    const { region, urlSuffix } = Stack.of(this)
    return [
      new PolicyStatement({
        actions: ['s3:PutObject', 's3:GetObject', 's3:DeleteObject'],
        resources: [this.bucket.arnForObjects('*')],
      }),
      new PolicyStatement({
        actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
        resources: [this.#encryptionKey.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': `s3.${region}.${urlSuffix}` } },
      }),
    ]
  }
}
