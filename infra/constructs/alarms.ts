import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import type { AlarmSpec } from '../alarm-specs.ts'

export interface AlarmsProps {
  /** Before the title of each. */
  readonly name: string
  readonly specs: readonly AlarmSpec[]
  readonly topic: ITopic
}

/** Where it is written what to do, for each alarm in a section of its title. */
const RUNBOOK = 'infra/RUNBOOK.md'

/** Rings when something is wrong that a person should look at, and says where to read on. */
export class Alarms extends Construct {
  readonly alarms: readonly Alarm[]

  constructor(scope: Construct, id: string, { name, specs, topic }: AlarmsProps) {
    super(scope, id)
    const action = new SnsAction(topic)
    this.alarms = specs.map((spec) => {
      const alarm = this.#alarm(name, spec)
      alarm.addAlarmAction(action)
      alarm.addOkAction(action)
      return alarm
    })
  }

  #alarm(name: string, spec: AlarmSpec): Alarm {
    const { title, meaning, metric, threshold, rings = 'above', bad, of } = spec
    return new Alarm(this, title.replaceAll(' ', ''), {
      alarmName: `${name}: ${title}`,
      alarmDescription: `${meaning} What to do: ${RUNBOOK}#${anchorOf(title)}`,
      metric,
      threshold,
      comparisonOperator:
        rings === 'above'
          ? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
          : ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: of,
      datapointsToAlarm: bad,
      // Of hosts and storage there is always a number; of errors, only when there are some.
      treatMissingData:
        rings === 'above' ? TreatMissingData.NOT_BREACHING : TreatMissingData.BREACHING,
    })
  }
}

function anchorOf(title: string): string {
  return title.toLowerCase().replaceAll(' ', '-')
}
