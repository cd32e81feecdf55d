import { Duration, Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { CfnPermission, type Function } from 'aws-cdk-lib/aws-lambda'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import type { Construct } from 'constructs'
import type { LogDays } from './kept-log.ts'
import { type Operators, SmallFunction } from './small-function.ts'

export interface RotatedSecretProps {
  /** The variable of the service that it is for, such as `JWT_SECRET`. */
  readonly variable: string
  readonly encryptionKey: IKey
  /** Encrypts the log of the rotation. */
  readonly logKey: IKey
  readonly rotationDays: number
  /** @default - CloudFormation makes one up */
  readonly functionName?: string
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
const SECRET_LENGTH = 64
/** The new secret is announced for 90 seconds before it is used. */
const ROTATION_TIMEOUT = Duration.minutes(3)

/**
 * A secret that the service shares with another side: generated, and rotated so that the one before
 * it stays valid for a while. Whoever is on the other side reads it anew, once a day at least.
 *
 * Secret and rotation stand beside each other in `scope`, as `<name>Secret` and `<name>Rotation`.
 */
export class RotatedSecret {
  readonly secret: Secret
  readonly rotation: Function

  constructor(scope: Construct, name: string, props: RotatedSecretProps) {
    const { variable, encryptionKey, rotationDays } = props
    this.secret = new Secret(scope, `${name}Secret`, {
      description: `${variable} of the chat service; generated and rotated`,
      encryptionKey,
      generateSecretString: { passwordLength: SECRET_LENGTH, excludePunctuation: true },
    })
    const { function: rotation } = this.#rotation(scope, name, props)
    this.rotation = rotation
    this.secret.addRotationSchedule('Rotation', {
      rotationLambda: rotation,
      automaticallyAfter: Duration.days(rotationDays),
      // Whoever shares it has just got the first one.
      rotateImmediatelyOnUpdate: false,
    })
    limitInvocation(rotation)
  }

  #rotation(scope: Construct, name: string, props: RotatedSecretProps): SmallFunction {
    const { variable, encryptionKey, logKey, operators, logDays, disposable = false } = props
    const { region, urlSuffix } = Stack.of(scope)
    return new SmallFunction(scope, `${name}Rotation`, {
      file: 'rotate-secret.ts',
      name: props.functionName,
      description: `Rotates ${variable} of the chat service`,
      timeout: ROTATION_TIMEOUT,
      logKey,
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
          resources: [this.secret.secretArn],
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
}

/** Whose secrets, CDK leaves open: those of any account. */
function limitInvocation(rotation: Function): void {
  for (const permission of rotation.node.findAll()) {
    if (!(permission instanceof CfnPermission)) continue
    permission.sourceAccount = Stack.of(rotation).account
  }
}
