import { z } from 'zod'
import type { ChatThread } from '../../protocol/chat.ts'
import { Expense } from './expense.ts'

/** Expenses of one conversation; the oldest make room. */
const EXPENSES_MAX = 20

const Book = z.array(Expense).catch([])

/**
 * The expenses of a conversation. They are kept in its metadata, which never leaves the server: a
 * widget names an expense by its id, and what it costs is looked up here.
 */
export function findExpense(thread: Pick<ChatThread, 'metadata'>, id: string): Expense | undefined {
  return readBook(thread).find((expense) => expense.id === id)
}

/** Adds an expense, or changes the one of the same id. */
export function keepExpense(thread: Pick<ChatThread, 'metadata'>, expense: Expense): void {
  const others = readBook(thread).filter(({ id }) => id !== expense.id)
  thread.metadata = {
    ...thread.metadata,
    expenses: [...others, expense].slice(-EXPENSES_MAX),
  }
}

function readBook({ metadata }: Pick<ChatThread, 'metadata'>): Expense[] {
  return Book.parse(metadata['expenses'])
}
