import type { AgentChat } from '../../protocol/author.ts'
import type { StructuredInputItem, ThreadItem, WidgetItem } from '../../protocol/items.ts'
import { newId } from '../../protocol/ids.ts'
import { expenseCard } from '../widgets/expense-card.ts'
import { findExpense, keepExpense } from './expense-book.ts'
import { toMoney } from './expense.ts'
import type { Expense } from './expense.ts'
import { POLICY_FILE, ruleFor } from './travel-policy.ts'

const RECENT_ITEMS = 50
const REASON_PREFIX = 'reason.'

/** Asks why an expense is above its limit; the answer begins the next answer of the assistant. */
export async function askWhy(chat: AgentChat, { id, category }: Expense): Promise<void> {
  const { title, limit } = ruleFor(category)
  await chat.ask([
    {
      type: 'freeform',
      id: `${REASON_PREFIX}${id}`,
      question: `This is above the limit for ${title.toLowerCase()} (${limit}). Why?`,
      description: 'Your manager will read it.',
    },
  ])
}

/**
 * Submits the expense whose reason the user has just given. Several may wait for theirs at a time:
 * it is the one that has its answer, and is a draft still.
 *
 * @returns false when nothing of this kind was answered.
 */
export async function submitWithReason(chat: AgentChat): Promise<boolean> {
  const items = await chat.history(RECENT_ITEMS)
  const answered = items
    .filter((item) => item.type === 'structured_input')
    .flatMap((form) => answerIn(form) ?? [])
    .findLast(({ expenseId }) => findExpense(chat.thread, expenseId)?.status === 'draft')
  const expense = answered && findExpense(chat.thread, answered.expenseId)
  if (!expense) return false
  if (answered.reason === undefined) {
    await chat.say('Without a reason it stays a draft. You can change it on the card.')
  } else {
    await submitExpense(chat, { ...expense, reason: answered.reason }, cardOf(expense, items))
  }
  return true
}

/** Files an expense, step by step before the user's eyes, and says so with the rule it follows. */
export async function submitExpense(
  chat: AgentChat,
  expense: Expense,
  card: WidgetItem | undefined,
): Promise<void> {
  const { locale } = chat.user
  const rule = ruleFor(expense.category)
  await chat.startWorkflow({ type: 'custom' })
  await chat.addTask({ type: 'custom', title: `Checked: ${rule.title}`, content: rule.text })
  const filing = { type: 'custom', title: 'Filing the expense' } as const
  await chat.addTask({ ...filing, status_indicator: 'loading' })
  // This is where the call to the system that pays people back belongs.
  const filed: Expense = { ...expense, status: 'submitted' }
  keepExpense(chat.thread, filed)
  await chat.updateTask(1, { ...filing, title: 'Filed', status_indicator: 'complete' })
  await chat.endWorkflow({ summary: { title: 'Expense filed', icon: 'check-circle' } })
  if (card) {
    const widget = expenseCard(filed, locale)
    await chat.send({ type: 'thread.item.replaced', item: { ...card, widget } })
  }
  await noteForModel(chat, filed)
  const text = `${toMoney(filed, locale)} for ${filed.merchant} is on its way to your manager.`
  const source = {
    type: 'file',
    filename: POLICY_FILE,
    title: `Travel policy, ${rule.title}`,
  } as const
  await chat.say(text, { annotations: [{ source, index: text.length }] })
}

/** The card changes in place, so the model is told what became of it. */
async function noteForModel(chat: AgentChat, { id, merchant, amount, currency }: Expense) {
  await chat.send({
    type: 'thread.item.done',
    item: {
      type: 'hidden_context_item',
      id: newId('hiddenContext'),
      thread_id: chat.thread.id,
      created_at: new Date().toISOString(),
      content: `The user submitted the expense ${id}: ${amount} ${currency}, ${merchant}.`,
    },
  })
}

function answerIn({ inputs }: StructuredInputItem) {
  const question = inputs.find(({ id }) => id.startsWith(REASON_PREFIX))
  if (!question?.answer) return undefined
  const expenseId = question.id.slice(REASON_PREFIX.length)
  return { expenseId, reason: question.answer.values[0]?.trim() || undefined }
}

function cardOf({ id }: Expense, items: readonly ThreadItem[]): WidgetItem | undefined {
  return items
    .filter((item) => item.type === 'widget')
    .findLast(({ widget }) => JSON.stringify(widget).includes(id))
}
