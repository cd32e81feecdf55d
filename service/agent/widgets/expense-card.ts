import { readFileSync } from 'node:fs'
import type { Chat } from '../../protocol/chat.ts'
import { widgetTemplate } from '../../protocol/widget-template.ts'
import type { WidgetRoot } from '../../protocol/widgets.ts'
import { toMoney } from '../expenses/expense.ts'
import type { Expense } from '../expenses/expense.ts'
import { categories, ruleFor } from '../expenses/travel-policy.ts'

const template = widgetTemplate(
  readFileSync(new URL('./expense-card.widget', import.meta.url), 'utf8'),
)

/** An expense as a card: a draft can be changed, submitted and discarded on it. */
export function expenseCard(expense: Expense, locale: string): WidgetRoot {
  const rule = ruleFor(expense.category)
  return template.build({
    id: expense.id,
    merchant: expense.merchant,
    money: toMoney(expense, locale),
    amount: String(expense.amount),
    category: expense.category,
    rule: `${rule.title}: ${rule.text}`,
    ...badgeOf(expense, rule.limit),
    receipt: expense.receipt ?? '',
    isDraft: expense.status === 'draft',
    choices: categories.map((value) => ({ value, label: ruleFor(value).title })),
  })
}

/** Shows an expense in the conversation. */
export async function showExpense(chat: Chat, expense: Expense): Promise<void> {
  const { locale } = chat.user
  const copyText = `${expense.merchant}, ${toMoney(expense, locale)}`
  await chat.showWidget(expenseCard(expense, locale), { copyText })
}

function badgeOf({ status, amount }: Expense, limit: number) {
  if (status === 'submitted') return { badge: 'Submitted', color: 'success' }
  if (status === 'discarded') return { badge: 'Discarded', color: 'secondary' }
  return amount > limit
    ? { badge: 'Above the limit', color: 'warning' }
    : { badge: 'Draft', color: 'info' }
}
