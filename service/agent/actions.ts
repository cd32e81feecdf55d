import { z } from 'zod'
import type { AgentChat } from '../protocol/author.ts'
import { ChatError } from '../protocol/chat.ts'
import type { ActionScene, ChatAction, ChatThread } from '../protocol/chat.ts'
import type { ThreadItemInput, WidgetItem } from '../protocol/items.ts'
import { findExpense, keepExpense } from './expenses/expense-book.ts'
import { ExpenseFacts } from './expenses/expense.ts'
import type { Expense } from './expenses/expense.ts'
import { askWhy, submitExpense } from './expenses/submission.ts'
import { ruleFor } from './expenses/travel-policy.ts'
import { expenseCard } from './widgets/expense-card.ts'

// Payloads come from outside: an expense is named by its id, and what it costs is known here.
const NamedExpense = z.object({ id: z.string() })
const Change = NamedExpense.extend({
  amount: z.coerce.number().pipe(ExpenseFacts.shape.amount),
  category: ExpenseFacts.shape.category,
})

/** What the buttons of the cards do that need an answer of their own. */
export async function act(
  chat: AgentChat,
  { type, payload }: ChatAction,
  sender: WidgetItem | undefined,
): Promise<void> {
  if (type !== 'expense.submit') throw new ChatError('This cannot be done here.')
  const expense = draftOf(chat.thread, payload)
  const { limit } = ruleFor(expense.category)
  const needsReason = expense.amount > limit && expense.reason === undefined
  if (needsReason) return await askWhy(chat, expense)
  await submitExpense(chat, expense, sender)
}

/** What the buttons of the cards do at once. */
export async function actAtOnce(
  scene: ActionScene,
  { type, payload }: ChatAction,
  sender: WidgetItem | undefined,
): Promise<ThreadItemInput | undefined> {
  const draft = draftOf(scene.thread, payload)
  const expense = changed(draft, type, payload)
  keepExpense(scene.thread, expense)
  if (!sender) return undefined
  const card = { ...sender, widget: expenseCard(expense, scene.user.locale) }
  await scene.save(card)
  return card
}

function changed(draft: Expense, type: string, payload: unknown): Expense {
  if (type === 'expense.discard') return { ...draft, status: 'discarded' }
  if (type !== 'expense.change') throw new ChatError('This cannot be done here.')
  const change = Change.safeParse(payload)
  if (!change.success) throw new ChatError('The amount has to be a number above zero.')
  return { ...draft, amount: change.data.amount, category: change.data.category }
}

/** @throws ChatError when there is no such draft: it was dealt with, or never was. */
function draftOf(thread: ChatThread, payload: unknown): Expense {
  const named = NamedExpense.safeParse(payload)
  const expense = named.success ? findExpense(thread, named.data.id) : undefined
  if (expense?.status !== 'draft') throw new ChatError('This expense has been dealt with already.')
  return expense
}
