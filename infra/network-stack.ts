import type { IVpc } from 'aws-cdk-lib/aws-ec2'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { Construct } from 'constructs'
import { AlarmTopic } from './constructs/alarm-topic.ts'
import { EncryptionKey } from './constructs/encryption-key.ts'
import { Network } from './constructs/network.ts'
import { keepProviderLogs } from './constructs/provider-logs.ts'
import { EnvironmentStack } from './environment-stack.ts'
import type { Environment } from './read-config.ts'

/** Who tells operators that something is wrong. */
const PUBLISHERS = ['cloudwatch.amazonaws.com', 'events.rds.amazonaws.com', 'budgets.amazonaws.com']

/**
 * Changes least and carries everything else: the network, and where operators are told of alarms.
 */
export class NetworkStack extends EnvironmentStack {
  readonly vpc: IVpc
  readonly alarmTopic: ITopic
  /** Of what operators are told, and of the flow log: nothing of conversations. */
  readonly logKey: IKey

  constructor(scope: Construct, settings: Environment) {
    super(scope, 'network', settings)
    const { name, environment, network, service, alarms, disposable } = settings
    this.logKey = new EncryptionKey(this, 'LogKey', {
      description: `Logs and alarms of ${name} ${environment}`,
      forLogs: true,
      publishers: PUBLISHERS,
      disposable,
    }).key
    this.alarmTopic = new AlarmTopic(this, 'AlarmTopic', {
      displayName: this.fullName,
      encryptionKey: this.logKey,
      publishers: PUBLISHERS,
      email: alarms.email,
    }).topic
    this.vpc = new Network(this, 'Network', {
      ...network,
      encryptionKey: this.logKey,
      logDays: service.logDays,
      disposable,
    }).vpc
    keepProviderLogs(this, { encryptionKey: this.logKey, days: service.logDays, disposable })
    const { topicArn } = this.alarmTopic
    this.tell('AlarmTopicArn', topicArn, 'Subscribe your pager, chat or mailing list here')
  }
}
