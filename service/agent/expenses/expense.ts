import { z } from 'zod'
import { categories } from './travel-policy.ts'

const currencies = ['EUR', 'USD', 'GBP', 'CHF'] as const

const AMOUNT_MAX = 100_000
const MERCHANT_LENGTH_MAX = 80

/** What an expense is about, as the model or a form may give it. */
export const ExpenseFacts = z.object({
  merchant: z.string().trim().min(1).max(MERCHANT_LENGTH_MAX).describe('who was paid'),
  amount: z.number().positive().max(AMOUNT_MAX),
  currency: z.enum(currencies),
  category: z.enum(categories),
})
export type ExpenseFacts = z.infer<typeof ExpenseFacts>

export const Expense = ExpenseFacts.extend({
  id: z.string(),
  status: z.enum(['draft', 'submitted', 'discarded']),
  /** The name of the file that proves it. */
  receipt: z.string().optional(),
  /** Why it is above the limit. */
  reason: z.string().optional(),
})
export type Expense = z.infer<typeof Expense>

/** The amount as people of a locale write it. */
export function toMoney({ amount, currency }: ExpenseFacts, locale: string): string {
  return new Intl.NumberFormat(locale, { style: 'currency', currency }).format(amount)
}
