import { type Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3'

/**
 * Tells EventBridge of every object: for those who want to scan uploads or read logs as they come.
 *
 * The L2 construct can do so too, and would bring a function and a role of its own for it.
 */
export function publishEvents(bucket: Bucket): void {
  const { defaultChild } = bucket.node
  if (!(defaultChild instanceof CfnBucket)) throw new Error('Bucket has no CfnBucket')
  defaultChild.notificationConfiguration = {
    eventBridgeConfiguration: { eventBridgeEnabled: true },
  }
}
