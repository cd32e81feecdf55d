import type { Construct } from 'constructs'
import { DataStack } from './data-stack.ts'
import { NetworkStack } from './network-stack.ts'
import { OperationsStack } from './operations-stack.ts'
import type { Environment } from './read-config.ts'
import { ServiceStack } from './service-stack.ts'

export interface Stacks {
  readonly network: NetworkStack
  readonly data: DataStack
  readonly service: ServiceStack
  readonly operations: OperationsStack
}

/** One environment as four stacks, in the order in which they depend on each other. */
export function addStacks(scope: Construct, settings: Environment): Stacks {
  const network = new NetworkStack(scope, settings)
  const operators = { topic: network.alarmTopic, key: network.logKey }
  const data = new DataStack(scope, settings, { vpc: network.vpc, operators })
  const service = new ServiceStack(scope, settings, { vpc: network.vpc, operators, data })
  const operations = new OperationsStack(scope, settings, { network, data, service })
  return { network, data, service, operations }
}
