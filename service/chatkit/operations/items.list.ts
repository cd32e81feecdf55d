import { z } from 'zod'
import { IdInput } from '../../protocol/user-message-input.ts'
import { listVisibleItems } from '../../runs/visible-items.ts'
import { jsonOperation } from '../operation.ts'
import { pageParams, toPageRequest } from '../page-params.ts'

/** Asks for one page of a conversation's items, newest first unless `order` says otherwise. */
const ItemsList = z.object({
  type: z.literal('items.list'),
  params: z.object({ thread_id: IdInput, ...pageParams }),
})

export const itemsList = jsonOperation(ItemsList, async ({ params }, call) => {
  // First, since an empty page or an unknown cursor would not tell whether the conversation is there.
  await call.store.threads.load(params.thread_id, call.context)
  return await listVisibleItems(params.thread_id, toPageRequest(params), call)
})
