import type { ChatThread } from '../../protocol/chat.ts'
import { Expense } from './expense.ts'

/** Expenses of one conversation; the oldest make room. */
const EXPENSES_MAX = 20
const KEY_PREFIX = 'expense.'

/**
 * The expenses of a conversation. They are kept in its metadata, which never leaves the server: a
 * widget names an expense by its id, and what it costs is looked up here.
 */
export function findExpense(thread: Pick<ChatThread, 'metadata'>, id: string): Expense | undefined {
  return Expense.safeParse(thread.metadata[`${KEY_PREFIX}${id}`]).data
}

/**
 * Adds an expense, or changes the one of the same id. Each has a key of its own: a card that is
 * changed while another expense is drafted is not undone by that.
 */
export function keepExpense(thread: Pick<ChatThread, 'metadata'>, expense: Expense): void {
  const key = `${KEY_PREFIX}${expense.id}`
  const others = Object.keys(thread.metadata)
    .filter((other) => other.startsWith(KEY_PREFIX) && other !== key)
    .toSorted() // ids begin with the time
  const tooMany = new Set(others.slice(0, -(EXPENSES_MAX - 1)))
  const kept = Object.entries(thread.metadata).filter(([other]) => !tooMany.has(other))
  thread.metadata = { ...Object.fromEntries(kept), [key]: expense }
}
