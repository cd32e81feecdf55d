import type { Construct } from 'constructs'
import { alarmSpecs } from './alarm-specs.ts'
import { connectionsOf } from './config-database.ts'
import { Alarms } from './constructs/alarms.ts'
import { CostBudget } from './constructs/cost-budget.ts'
import { OperationsDashboard } from './constructs/operations-dashboard.ts'
import type { DataStack } from './data-stack.ts'
import { EnvironmentStack, INSTALLATION_TAG } from './environment-stack.ts'
import type { NetworkStack } from './network-stack.ts'
import type { Environment } from './read-config.ts'
import type { ServiceStack } from './service-stack.ts'
import { signalsOf } from './signals.ts'

export interface OperationsStackProps {
  readonly network: NetworkStack
  readonly data: DataStack
  readonly service: ServiceStack
}

/** Who looks after the other stacks: alarms, the page that shows them, and the budget. */
export class OperationsStack extends EnvironmentStack {
  readonly dashboard: OperationsDashboard
  readonly budget: CostBudget

  constructor(scope: Construct, settings: Environment, props: OperationsStackProps) {
    super(scope, 'operations', settings)
    const { network, data, service } = props
    const topic = network.alarmTopic
    const signals = signalsOf(service, data)
    const { alarms } = new Alarms(this, 'Alarms', {
      name: this.fullName,
      topic,
      specs: alarmSpecs(signals, {
        liveRunsMax: settings.service.liveRunsMax,
        connectionsMax: connectionsOf(settings.database),
        storageGiB: settings.database.storageGiB,
      }),
    })
    this.dashboard = new OperationsDashboard(this, 'Operations', {
      name: this.fullName,
      signals,
      alarms,
    })
    this.budget = new CostBudget(this, 'Budget', {
      name: this.fullName,
      monthlyUsd: settings.alarms.monthlyBudgetUsd,
      tag: { key: INSTALLATION_TAG, value: this.fullName },
      topic,
    })
    const console = `https://console.aws.amazon.com/cloudwatch/home?region=${this.region}`
    this.tell(
      'Dashboard',
      `${console}#dashboards/dashboard/${this.fullName}`,
      'What rings, what users notice, how tasks and database are',
    )
  }
}
