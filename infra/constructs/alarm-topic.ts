import { Stack } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { CfnTopic, Topic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'

export interface AlarmTopicProps {
  readonly displayName: string
  readonly encryptionKey: IKey
  /** Services that may publish, such as `cloudwatch.amazonaws.com`. */
  readonly publishers: readonly string[]
  /** @default - nobody is told until somebody subscribes */
  readonly email?: string | undefined
}

/** Where everything arrives that an operator should know. */
export class AlarmTopic extends Construct {
  readonly topic: Topic

  constructor(scope: Construct, id: string, props: AlarmTopicProps) {
    super(scope, id)
    const { displayName, encryptionKey, publishers, email } = props
    this.topic = new Topic(this, 'Topic', {
      displayName,
      masterKey: encryptionKey,
      enforceSSL: true,
    })
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: publishers.map((service) => new ServicePrincipal(service)),
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    )
    if (email) this.#tell(email)
  }

  // AWS sends a message there first, with a link to be followed before anything else arrives.
  #tell(email: string): void {
    const { defaultChild } = this.topic.node
    if (!(defaultChild instanceof CfnTopic)) throw new Error('Topic has no CfnTopic')
    defaultChild.subscription = [{ protocol: 'email', endpoint: email }]
  }
}
