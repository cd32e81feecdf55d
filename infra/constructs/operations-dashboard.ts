import {
  AlarmStatusWidget,
  type Alarm,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  PeriodOverride,
} from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import type { Signals } from '../signals.ts'

export interface OperationsDashboardProps {
  readonly name: string
  readonly signals: Signals
  readonly alarms: readonly Alarm[]
}

const WIDTH = 24
const HEIGHT = 6

/** One page: what rings, what users notice, what the tasks do, how the database is. */
export class OperationsDashboard extends Construct {
  readonly dashboard: Dashboard

  constructor(scope: Construct, id: string, { name, signals, alarms }: OperationsDashboardProps) {
    super(scope, id)
    this.dashboard = new Dashboard(this, 'Dashboard', {
      dashboardName: name,
      periodOverride: PeriodOverride.AUTO,
      widgets: [
        [new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: WIDTH, height: 3 })],
        row(
          graph('Answers', [
            signals.completedRuns,
            signals.cancelledRuns,
            signals.failedRuns,
            signals.interruptedRuns,
          ]),
          graph('Time to first byte, ms', [signals.firstByteMedian, signals.firstByte]),
          graph('Live answers in each task', [signals.liveRuns]),
        ),
        row(
          graph('Requests', [signals.requests, signals.openConnections]),
          graph('Errors', [signals.balancerErrors, signals.targetErrors]),
          graph('Tasks', [signals.healthyHosts, signals.unhealthyHosts]),
        ),
        row(
          graph('Tasks: CPU and memory, %', [signals.taskCpu, signals.taskMemory]),
          graph('Database: CPU, %', [signals.databaseCpu]),
          graph('Database: connections', [signals.databaseConnections]),
        ),
        row(
          graph('Tokens', [signals.inputTokens, signals.outputTokens]),
          ...(signals.freeStorage ? [graph('Database: free bytes', [signals.freeStorage])] : []),
        ),
      ],
    })
  }
}

interface Graph {
  readonly title: string
  readonly left: readonly IMetric[]
}

function graph(title: string, left: readonly IMetric[]): Graph {
  return { title, left }
}

function row(...graphs: readonly Graph[]): IWidget[] {
  return graphs.map(
    ({ title, left }) =>
      new GraphWidget({ title, left: [...left], width: WIDTH / graphs.length, height: HEIGHT }),
  )
}
