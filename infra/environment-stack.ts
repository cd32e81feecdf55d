import { CfnOutput, Fn, Stack } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import type { Environment } from './read-config.ts'

const ZONES_MAX = 3
/** Its value names one environment of one installation: what a bill can be filtered by. */
export const INSTALLATION_TAG = 'installation'

/** A stack of one environment: named, tagged and protected like the others of that environment. */
export class EnvironmentStack extends Stack {
  /** What AWS resources and metrics of the environment are called, such as `chatkit-prod`. */
  readonly fullName: string

  constructor(scope: Construct, part: string, settings: Environment) {
    const { name, environment, account, region, disposable, tags } = settings
    super(scope, `${name}-${environment}-${part}`, {
      description: `${name} ${environment}: ${part}`,
      env: { region, ...(account && { account }) },
      terminationProtection: !disposable,
      // Tags of the stack: CloudFormation puts them on everything in it that can have one.
      tags: {
        ...tags,
        application: name,
        environment,
        [INSTALLATION_TAG]: `${name}-${environment}`,
      },
    })
    this.fullName = `${name}-${environment}`
  }

  /** Shows a value after each deployment, and whenever somebody asks for the stack's outputs. */
  protected tell(id: string, value: string, description: string): CfnOutput {
    return new CfnOutput(this, id, { value, description })
  }

  /**
   * The region's zones, filled in when the stack is deployed.
   *
   * By default CDK asks the account for their names during synth, which needs credentials.
   */
  override get availabilityZones(): string[] {
    const zones = Fn.getAzs()
    return Array.from({ length: ZONES_MAX }, (_, index) => Fn.select(index, zones))
  }
}
