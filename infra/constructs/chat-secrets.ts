import type { IKey } from 'aws-cdk-lib/aws-kms'
import { CfnSecret, type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'

export interface ChatSecretsProps {
  readonly encryptionKey: IKey
}

// Letters and digits alone, so one character is one byte and carries 5.9 bits: 381 bits in all,
// well above the 256 that HS256 asks for.
const JWT_SECRET_LENGTH = 64

/** What the service must know and nobody else may: the OpenAI key and the key that signs tokens. */
export class ChatSecrets extends Construct {
  /**
   * Empty until an operator sets it, and never written by a deployment: a value in the template
   * could be read by everyone who may read the template, and would overwrite the operator's.
   */
  readonly openAiKey: ISecret
  readonly jwtSecret: ISecret

  constructor(scope: Construct, id: string, { encryptionKey }: ChatSecretsProps) {
    super(scope, id)
    // `Secret` would generate a value, which the service could not tell from a real key.
    const openAiKey = new CfnSecret(this, 'OpenAiKey', {
      description: 'OPENAI_API_KEY of the chat service; set by the operator',
      kmsKeyId: encryptionKey.keyArn,
    })
    this.openAiKey = Secret.fromSecretAttributes(this, 'OpenAiKeyReference', {
      secretCompleteArn: openAiKey.ref,
      encryptionKey,
    })
    this.jwtSecret = new Secret(this, 'JwtSecret', {
      description: 'JWT_SECRET of the chat service; generated',
      encryptionKey,
      generateSecretString: { passwordLength: JWT_SECRET_LENGTH, excludePunctuation: true },
    })
  }
}
