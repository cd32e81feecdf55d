import { tool } from '@openai/agents'
import type { RunContext } from '@openai/agents'
import type { AgentChat } from '../../protocol/author.ts'
import { newId } from '../../protocol/ids.ts'
import { keepExpense } from '../expenses/expense-book.ts'
import { ExpenseFacts } from '../expenses/expense.ts'
import { ruleFor } from '../expenses/travel-policy.ts'
import { showExpense } from '../widgets/expense-card.ts'
import { explainToModel } from './explain-to-model.ts'

const RECENT_ITEMS = 20

/** Drafts an expense and shows it, for the user to check, change and submit. */
export const fileExpense = tool({
  name: 'file_expense',
  description:
    'Files an expense that the user paid, for meals, travel, lodging or supplies: shows it as a ' +
    'card, which the user submits.',
  parameters: ExpenseFacts,
  errorFunction: explainToModel,
  execute: async (facts, context?: RunContext<AgentChat>) => {
    if (!context) throw new Error('the tool was called outside of a chat')
    const chat = context.context
    await chat.showProgress('Looking into the travel policy', 'document')
    const expense = {
      ...facts,
      id: newId('task'),
      status: 'draft' as const,
      receipt: await findReceipt(chat),
    }
    keepExpense(chat.thread, expense)
    await showExpense(chat, expense)
    const { limit } = ruleFor(facts.category)
    return {
      shown: 'a card',
      isAboveLimit: facts.amount > limit,
      hasReceipt: Boolean(expense.receipt),
    }
  },
})

/** The file that came with what the user said last. */
async function findReceipt(chat: AgentChat): Promise<string | undefined> {
  const items = await chat.history(RECENT_ITEMS)
  const message = items.findLast((item) => item.type === 'user_message')
  return message?.attachments[0]?.name
}
