import { ArnFormat, Duration, Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { CfnPermission, type Function } from 'aws-cdk-lib/aws-lambda'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import type { LogDays } from './kept-log.ts'
import { type Operators, SmallFunction } from './small-function.ts'

export interface ChatSecretsProps {
  readonly encryptionKey: IKey
  /** Of the secret that an operator makes, with the OpenAI key in it. */
  readonly openAiKeyName: string
  readonly jwtRotationDays: number
  /** Who is told when the rotation fails. */
  readonly operators: Operators
  readonly logDays: LogDays
  /** @default false - the log outlives the stack */
  readonly disposable?: boolean
}

/** What the service reads at run time, and by which name. */
export interface ReadableSecret {
  readonly id: string
  readonly arn: string
  /** @default - the key that AWS keeps for Secrets Manager, which needs no right of its own */
  readonly encryptionKey?: IKey | undefined
}

// Letters and digits alone, so one character is one byte and carries 5.9 bits: 381 bits in all,
// well above the 256 that HS256 asks for.
const JWT_SECRET_LENGTH = 64
/** The new secret is announced for 90 seconds before it is used. */
const ROTATION_TIMEOUT = Duration.minutes(3)

/** What the service must know and nobody else may: the OpenAI key and the key that signs tokens. */
export class ChatSecrets extends Construct {
  /** Made and filled by an operator. No template has it, so no deployment can overwrite it. */
  readonly openAiKey: ReadableSecret
  /** Generated and rotated; for a day the one before it is valid too. */
  readonly jwtSecret: Secret
  readonly rotation: Function

  constructor(scope: Construct, id: string, props: ChatSecretsProps) {
    super(scope, id)
    const { encryptionKey, openAiKeyName, jwtRotationDays } = props
    this.openAiKey = { id: openAiKeyName, arn: this.#arnOf(openAiKeyName) }
    this.jwtSecret = new Secret(this, 'JwtSecret', {
      description: 'JWT_SECRET of the chat service; generated and rotated',
      encryptionKey,
      generateSecretString: { passwordLength: JWT_SECRET_LENGTH, excludePunctuation: true },
    })
    this.rotation = this.#rotation(props).function
    this.jwtSecret.addRotationSchedule('Rotation', {
      rotationLambda: this.rotation,
      automaticallyAfter: Duration.days(jwtRotationDays),
      // Whoever signs tokens has just got the first one.
      rotateImmediatelyOnUpdate: false,
    })
    this.#limitInvocation()
  }

  // Whose secrets, CDK leaves open: those of any account.
  #limitInvocation(): void {
    for (const permission of this.rotation.node.findAll()) {
      if (!(permission instanceof CfnPermission)) continue
      permission.sourceAccount = Stack.of(this).account
    }
  }

  #rotation(props: ChatSecretsProps): SmallFunction {
    const { encryptionKey, operators, logDays, disposable = false } = props
    const { region, urlSuffix } = Stack.of(this)
    return new SmallFunction(this, 'JwtRotation', {
      file: 'rotate-jwt-secret.ts',
      description: 'Rotates JWT_SECRET of the chat service',
      timeout: ROTATION_TIMEOUT,
      logKey: encryptionKey,
      operators,
      logDays,
      disposable,
      statements: [
        new PolicyStatement({
          actions: [
            'secretsmanager:DescribeSecret',
            'secretsmanager:GetSecretValue',
            'secretsmanager:PutSecretValue',
            'secretsmanager:UpdateSecretVersionStage',
          ],
          resources: [this.jwtSecret.secretArn],
        }),
        new PolicyStatement({
          actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
          resources: [encryptionKey.keyArn],
          conditions: {
            StringEquals: { 'kms:ViaService': `secretsmanager.${region}.${urlSuffix}` },
          },
        }),
      ],
    })
  }

  // Secrets Manager adds a hyphen and six characters to each name.
  #arnOf(name: string): string {
    return Stack.of(this).formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      resourceName: `${name}-??????`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    })
  }
}
