import { z } from 'zod'
import { IdInput } from '../../protocol/user-message-input.ts'
import { jsonOperation } from '../operation.ts'

const FEEDBACK_ITEMS_MAX = 1_000

/** Says what the user thinks of an answer; its ids are all the items of that turn. */
const ItemsFeedback = z.object({
  type: z.literal('items.feedback'),
  params: z.object({
    thread_id: IdInput,
    item_ids: z.array(IdInput).max(FEEDBACK_ITEMS_MAX),
    kind: z.enum(['positive', 'negative']),
  }),
})

export const itemsFeedback = jsonOperation(ItemsFeedback, async ({ params }, call) => {
  const { thread_id: threadId, item_ids: itemIds, kind } = params
  const feedback = { threadId, itemIds, kind }
  await call.store.items.addFeedback(feedback, call.context)
  await call.application.onFeedback?.(feedback, call.context)
  return {}
})
