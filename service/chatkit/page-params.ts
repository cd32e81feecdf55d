import { z } from 'zod'
import { optional } from '../protocol/optional.ts'
import { IdInput } from '../protocol/user-message-input.ts'
import type { PageRequest } from '../store/threads.ts'

const PAGE_SIZE = 20
/** Clients ask for 9999 rows; they get this many and ask again. */
const PAGE_SIZE_MAX = 100

/** The parameters of every paged operation. */
export const pageParams = {
  limit: optional(z.int().nonnegative()), // 0 means the default page
  after: optional(IdInput),
  order: z.enum(['asc', 'desc']).default('desc'),
}

export interface PageParams {
  readonly limit?: number | undefined
  readonly after?: string | undefined
  readonly order: 'asc' | 'desc'
}

/** What the store is asked for a page. No limit, or 0, is the default page; a large one is cut. */
export function toPageRequest({ limit, after, order }: PageParams): PageRequest {
  return { after, order, limit: Math.min(limit || PAGE_SIZE, PAGE_SIZE_MAX) }
}
