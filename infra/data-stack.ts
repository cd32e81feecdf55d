import type { IVpc } from 'aws-cdk-lib/aws-ec2'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { Bucket } from 'aws-cdk-lib/aws-s3'
import type { Construct } from 'constructs'
import { AccessLogs } from './constructs/access-logs.ts'
import { Attachments } from './constructs/attachments.ts'
import { ChatSecrets } from './constructs/chat-secrets.ts'
import { Database } from './constructs/database.ts'
import { DatabaseEvents } from './constructs/database-events.ts'
import { EncryptionKey } from './constructs/encryption-key.ts'
import { keepProviderLogs } from './constructs/provider-logs.ts'
import type { Operators } from './constructs/small-function.ts'
import { EnvironmentStack } from './environment-stack.ts'
import type { Environment } from './read-config.ts'
import { openAiKeyName } from './secret-names.ts'

export interface DataStackProps {
  readonly vpc: IVpc
  readonly operators: Operators
}

/** What must survive every deployment: conversations, attachments, secrets, and their key. */
export class DataStack extends EnvironmentStack {
  readonly database: Database
  readonly secrets: ChatSecrets
  readonly attachments: Attachments
  readonly accessLogs: Bucket
  readonly encryptionKey: IKey
  readonly databaseEvents: DatabaseEvents

  constructor(scope: Construct, settings: Environment, { vpc, operators }: DataStackProps) {
    super(scope, 'data', settings)
    const { name, environment, disposable, origins } = settings
    const { key: encryptionKey } = new EncryptionKey(this, 'DataKey', {
      description: `Conversations, attachments and secrets of ${name} ${environment}`,
      // The logs of the database are in the end about what is in it.
      forLogs: true,
      // A last snapshot of the database is worth nothing without it.
      disposable,
    })
    const shared = { encryptionKey, logDays: settings.service.logDays, disposable }
    this.encryptionKey = encryptionKey
    this.secrets = new ChatSecrets(this, 'Secrets', {
      ...shared,
      logKey: encryptionKey,
      operators,
      openAiKeyName: openAiKeyName(settings),
      jwtRotationDays: settings.secrets.jwtRotationDays,
    })
    this.database = new Database(this, 'Database', {
      ...settings.database,
      ...shared,
      identifier: `${name}-${environment}`,
      vpc,
      rotationDays: settings.secrets.databaseRotationDays,
    })
    this.databaseEvents = new DatabaseEvents(this, 'DatabaseEvents', {
      source: this.database.server.source,
      topic: operators.topic,
    })
    this.accessLogs = new AccessLogs(this, 'AccessLogs', { disposable }).bucket
    this.attachments = new Attachments(this, 'Attachments', {
      encryptionKey,
      origins,
      accessLogs: this.accessLogs,
      disposable,
    })
    keepProviderLogs(this, { encryptionKey, days: settings.service.logDays, disposable })
    // Exported whether the service uses them today or not: what another stack uses can be changed
    // later, and an export that disappears while it is in use stops the whole deployment.
    this.exportValue(this.secrets.jwtSecret.secretArn)
    this.exportValue(this.attachments.bucket.bucketName)
    this.exportValue(this.attachments.bucket.bucketArn)
    this.tell(
      'OpenAiKeySecret',
      this.secrets.openAiKey.id,
      'Filled by: npm run secret -- set openai',
    )
    this.tell(
      'JwtSecret',
      this.secrets.jwtSecret.secretArn,
      'Whoever signs tokens reads it here, once a day at least, as it rotates',
    )
  }
}
