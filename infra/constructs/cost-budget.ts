import { CfnBudget } from 'aws-cdk-lib/aws-budgets'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'

export interface CostBudgetProps {
  readonly name: string
  readonly monthlyUsd: number
  /** What counts: costs of resources with this tag, once the tag is activated for billing. */
  readonly tag: { readonly key: string; readonly value: string }
  readonly topic: ITopic
}

const NOTICES = [
  { notificationType: 'FORECASTED', threshold: 100 },
  { notificationType: 'ACTUAL', threshold: 80 },
  { notificationType: 'ACTUAL', threshold: 100 },
] as const

/** Tells operators before a month costs more than it should. It stops nothing. */
export class CostBudget extends Construct {
  readonly budget: CfnBudget

  constructor(scope: Construct, id: string, { name, monthlyUsd, tag, topic }: CostBudgetProps) {
    super(scope, id)
    this.budget = new CfnBudget(this, 'Budget', {
      budget: {
        budgetName: name,
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: monthlyUsd, unit: 'USD' },
        costFilters: { TagKeyValue: [`user:${tag.key}$${tag.value}`] },
      },
      notificationsWithSubscribers: NOTICES.map((notice) => ({
        notification: {
          ...notice,
          comparisonOperator: 'GREATER_THAN',
          thresholdType: 'PERCENTAGE',
        },
        subscribers: [{ subscriptionType: 'SNS', address: topic.topicArn }],
      })),
    })
  }
}
