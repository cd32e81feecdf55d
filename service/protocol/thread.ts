import { z } from 'zod'
import { FreeObject, optional, withDefault } from './optional.ts'
import type { ThreadItem } from './items.ts'
import { UtcTime } from './times.ts'

export const ThreadStatus = z.discriminatedUnion('type', [
  z.object({ type: z.literal('active') }),
  z.object({ type: z.literal('locked'), reason: optional(z.string()) }),
  z.object({ type: z.literal('closed'), reason: optional(z.string()) }),
])
export type ThreadStatus = z.infer<typeof ThreadStatus>

/** A conversation as it is stored. `metadata` belongs to the integration and never leaves. */
export const Thread = z.object({
  id: z.string(),
  title: optional(z.string()),
  created_at: UtcTime,
  status: withDefault(ThreadStatus, { type: 'active' }),
  allowed_image_domains: optional(z.array(z.string())),
  metadata: withDefault(FreeObject, {}),
})
export type Thread = z.infer<typeof Thread>

/** Rows in order. `after` is the id of the last one, present only while there are more. */
export interface Page<Row> {
  readonly data: readonly Row[]
  readonly has_more: boolean
  readonly after?: string
}

export type ThreadOnTheWire = Thread & { readonly items: Page<ThreadItem> }

/** The thread as a client may see it, with a page of its items (none unless given). */
export function threadOnTheWire(
  thread: Thread,
  items: Page<ThreadItem> = { data: [], has_more: false },
): ThreadOnTheWire {
  return { ...thread, metadata: {}, items }
}
