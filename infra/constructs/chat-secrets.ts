import { Stack } from 'aws-cdk-lib'
import type { Function } from 'aws-cdk-lib/aws-lambda'
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { arnOfSecret } from '../secret-names.ts'
import { type ReadableSecret, RotatedSecret, type RotatedSecretProps } from './rotated-secret.ts'

export interface ChatSecretsProps extends Omit<RotatedSecretProps, 'variable' | 'rotationDays'> {
  /** Of the secret that an operator makes, with the OpenAI key in it. */
  readonly openAiKeyName: string
  readonly jwtRotationDays: number
}

/** What the service must know and nobody else may: the OpenAI key and the key that signs tokens. */
export class ChatSecrets extends Construct {
  /** Made and filled by an operator. No template has it, so no deployment can overwrite it. */
  readonly openAiKey: ReadableSecret
  /** Generated and rotated; for a while the one before it is valid too. */
  readonly jwtSecret: Secret
  readonly rotation: Function

  constructor(scope: Construct, id: string, props: ChatSecretsProps) {
    super(scope, id)
    const { openAiKeyName, jwtRotationDays, ...shared } = props
    this.openAiKey = { id: openAiKeyName, arn: arnOfSecret(Stack.of(this), openAiKeyName) }
    const { secret, rotation } = new RotatedSecret(this, 'Jwt', {
      ...shared,
      variable: 'JWT_SECRET',
      rotationDays: jwtRotationDays,
    })
    this.jwtSecret = secret
    this.rotation = rotation
  }
}
