import type { IVpc } from 'aws-cdk-lib/aws-ec2'
import type { Construct } from 'constructs'
import { Network } from './constructs/network.ts'
import { EnvironmentStack } from './environment-stack.ts'
import type { Environment } from './read-config.ts'

/** Changes least and carries everything else. */
export class NetworkStack extends EnvironmentStack {
  readonly vpc: IVpc

  constructor(scope: Construct, settings: Environment) {
    super(scope, 'network', settings)
    const { network, disposable } = settings
    this.vpc = new Network(this, 'Network', { ...network, disposable }).vpc
  }
}
