import { Fn, Stack } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import type { Environment } from './read-config.ts'

const ZONES_MAX = 3

/** A stack of one environment: named, tagged and protected like the others of that environment. */
export class EnvironmentStack extends Stack {
  constructor(scope: Construct, part: string, settings: Environment) {
    const { name, environment, account, region, disposable } = settings
    super(scope, `${name}-${environment}-${part}`, {
      description: `${name} ${environment}: ${part}`,
      env: { region, ...(account && { account }) },
      terminationProtection: !disposable,
      // Tags of the stack: CloudFormation puts them on everything in it that can have one.
      tags: { application: name, environment },
    })
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
