import { CfnOutput, RemovalPolicy } from 'aws-cdk-lib'
import type { IVpc } from 'aws-cdk-lib/aws-ec2'
import { Key } from 'aws-cdk-lib/aws-kms'
import type { Construct } from 'constructs'
import { ChatSecrets } from './constructs/chat-secrets.ts'
import { Database } from './constructs/database.ts'
import { EnvironmentStack } from './environment-stack.ts'
import type { Environment } from './read-config.ts'

/** What must survive every deployment: conversations, secrets, and the key that encrypts both. */
export class DataStack extends EnvironmentStack {
  readonly database: Database
  readonly secrets: ChatSecrets
  readonly #region: string

  constructor(scope: Construct, settings: Environment, vpc: IVpc) {
    super(scope, 'data', settings)
    const { database, disposable, region } = settings
    this.#region = region
    const encryptionKey = new Key(this, 'Key', {
      description: `Conversations and secrets of ${settings.name} ${settings.environment}`,
      enableKeyRotation: true,
      // A last snapshot of the database is worth nothing without the key.
      removalPolicy: disposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    })
    this.secrets = new ChatSecrets(this, 'Secrets', { encryptionKey })
    this.database = new Database(this, 'Database', { ...database, vpc, encryptionKey, disposable })
    this.#tellHowToSetTheOpenAiKey()
  }

  #tellHowToSetTheOpenAiKey(): CfnOutput {
    const { secretArn } = this.secrets.openAiKey
    return new CfnOutput(this, 'SetOpenAiKey', {
      description: 'Run it, paste the OpenAI API key, press Enter',
      // Typed unseen and piped, the key is neither in the shell's history nor in the process list.
      value: [
        'read -rs KEY && printf %s "$KEY" | aws secretsmanager put-secret-value',
        `--region ${this.#region} --secret-id ${secretArn} --secret-string file:///dev/stdin`,
      ].join(' '),
    })
  }
}
