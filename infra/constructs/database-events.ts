import { CfnEventSubscription } from 'aws-cdk-lib/aws-rds'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import type { PostgresServer } from './postgres-server.ts'

export interface DatabaseEventsProps {
  readonly source: PostgresServer['source']
  readonly topic: ITopic
}

const CATEGORIES = {
  'db-instance': [
    'availability',
    'configuration change',
    'failover',
    'failure',
    'low storage',
    'maintenance',
    'recovery',
  ],
  'db-cluster': ['failover', 'failure', 'maintenance'],
} as const

/** Tells operators what no metric says, such as that a standby has taken over. */
export class DatabaseEvents extends Construct {
  readonly subscription: CfnEventSubscription

  constructor(scope: Construct, id: string, { source, topic }: DatabaseEventsProps) {
    super(scope, id)
    this.subscription = new CfnEventSubscription(this, 'Subscription', {
      enabled: true,
      snsTopicArn: topic.topicArn,
      sourceType: source.type,
      sourceIds: [source.id],
      eventCategories: [...CATEGORIES[source.type]],
    })
  }
}
