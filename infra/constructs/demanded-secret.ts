import { CfnResource, CustomResource, Duration, Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { Construct } from 'constructs'
import type { LogDays } from './kept-log.ts'
import type { ReadableSecret } from './rotated-secret.ts'
import { type Operators, SmallFunction } from './small-function.ts'

export interface DemandedSecretProps {
  readonly secret: ReadableSecret
  /** What to do when it is not there: one sentence, shown by CloudFormation. */
  readonly advice: string
  /** Asked again whenever this is another one. */
  readonly occasion: string
  /** Encrypts the log of the question. */
  readonly logKey: IKey
  readonly operators: Operators
  readonly logDays: LogDays
  /** @default false - the log outlives the stack */
  readonly disposable?: boolean
}

const OCCASION_LENGTH = 8
const TIMEOUT = Duration.seconds(30)

/**
 * Stops a deployment in its first minute when a secret is missing that only an operator can set.
 *
 * Without it, tasks would start and fail until the deployment gives up. It knows whether the secret
 * has a value, and may not read it.
 */
export class DemandedSecret extends Construct {
  readonly check: CustomResource

  constructor(scope: Construct, id: string, props: DemandedSecretProps) {
    super(scope, id)
    const { secret, advice, occasion, logKey, operators, logDays, disposable = false } = props
    const { function: handler } = new SmallFunction(this, 'Looks', {
      file: 'demand-secret.ts',
      description: 'Tells a deployment whether a secret has been set',
      statements: [
        new PolicyStatement({
          actions: ['secretsmanager:DescribeSecret'],
          resources: [secret.arn],
        }),
      ],
      timeout: TIMEOUT,
      logKey,
      operators,
      logDays,
      disposable,
    })
    this.check = new CustomResource(this, 'Check', {
      resourceType: 'Custom::DemandedSecret',
      serviceToken: handler.functionArn,
      // One that cannot answer at all must not hold the deployment for an hour.
      serviceTimeout: TIMEOUT.plus(TIMEOUT),
      properties: { SecretId: secret.id, Advice: advice },
    })
    this.#askAnew(occasion)
  }

  // By a resource of another name, which CloudFormation makes: it would ask the same one again
  // while it takes a failed deployment back, and the same answer would then leave the stack in
  // between.
  #askAnew(occasion: string): void {
    const { defaultChild } = this.check.node
    if (!(defaultChild instanceof CfnResource)) throw new Error('CustomResource has no CfnResource')
    const name = Stack.of(this).getLogicalId(defaultChild)
    defaultChild.overrideLogicalId(`${name}${occasion.slice(0, OCCASION_LENGTH)}`)
  }
}
