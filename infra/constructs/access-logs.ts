import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import { publishEvents } from './published-events.ts'

export interface AccessLogsProps {
  /** @default false - the bucket outlives its stack */
  readonly disposable?: boolean
}

const KEPT_DAYS = 90
// Long enough to undo a deletion that somebody notices.
const DELETED_KEPT_DAYS = 30

/** Where it is written who connected, what they asked for, and who touched an attachment. */
export class AccessLogs extends Construct {
  readonly bucket: Bucket

  constructor(scope: Construct, id: string, { disposable = false }: AccessLogsProps = {}) {
    super(scope, id)
    this.bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      // Neither the load balancer nor S3 itself can write logs with a key of KMS.
      encryption: BucketEncryption.S3_MANAGED,
      versioned: true,
      lifecycleRules: [
        {
          expiration: Duration.days(KEPT_DAYS),
          noncurrentVersionExpiration: Duration.days(DELETED_KEPT_DAYS),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
      removalPolicy: disposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      autoDeleteObjects: disposable,
    })
    publishEvents(this.bucket)
  }
}
