import { Item } from './items.ts'
import { z } from './zod.ts'

export const ItemPage = z.object({ data: z.array(Item), has_more: z.boolean() })

const ThreadStatus = z
  .object({ type: z.enum(['active', 'locked', 'closed']), reason: z.string().optional() })
  .catch({ type: 'active' })
export type ThreadStatus = z.infer<typeof ThreadStatus>

/** A conversation with the first page of its items, oldest first. */
export const Thread = z.object({
  id: z.string(),
  title: z.string().optional(),
  created_at: z.string(),
  status: ThreadStatus,
  allowed_image_domains: z.array(z.string()).optional().catch(undefined),
  items: ItemPage.catch({ data: [], has_more: false }),
})
export type Thread = z.infer<typeof Thread>

export const ThreadPage = z.object({ data: z.array(Thread), has_more: z.boolean() })

/** What the local server says about itself: who answers, and whom the page may speak as. */
export const LocalConfig = z.object({
  model: z.string(),
  demo: z.boolean(),
  users: z.array(z.string()).min(1),
  /** Whether what is spoken can be turned into text. */
  dictation: z.boolean().default(false),
})
export type LocalConfig = z.infer<typeof LocalConfig>

export const IssuedToken = z.object({ token: z.string(), expiresAt: z.iso.datetime() })
export type IssuedToken = z.infer<typeof IssuedToken>

export const Transcript = z.object({ text: z.string() })

/** The body of a refusal. Only the sentence for the user matters here. */
export const Refusal = z.object({ message: z.string().min(1) })
