import type { Construct } from 'constructs'
import { DataStack } from './data-stack.ts'
import { NetworkStack } from './network-stack.ts'
import type { Environment } from './read-config.ts'
import { ServiceStack } from './service-stack.ts'

export interface Stacks {
  readonly network: NetworkStack
  readonly data: DataStack
  readonly service: ServiceStack
}

/** One environment as three stacks, in the order in which they depend on each other. */
export function addStacks(scope: Construct, settings: Environment): Stacks {
  const network = new NetworkStack(scope, settings)
  const data = new DataStack(scope, settings, network.vpc)
  const { database, secrets } = data
  const service = new ServiceStack(scope, settings, { vpc: network.vpc, database, secrets })
  return { network, data, service }
}
