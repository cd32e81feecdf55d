import { z } from 'zod'
import { pageJson } from '../../protocol/json-page.ts'
import { IdInput } from '../../protocol/user-message-input.ts'
import { openThread } from '../../runs/visible-items.ts'
import { pageOperation } from '../operation.ts'
import { pageParams, toPageRequest } from '../page-params.ts'

/** Asks for one page of a conversation's items, newest first unless `order` says otherwise. */
const ItemsList = z.object({
  type: z.literal('items.list'),
  params: z.object({ thread_id: IdInput, ...pageParams }),
})

export const itemsList = pageOperation(ItemsList, async ({ params }, call) => {
  const { items } = await openThread(params.thread_id, toPageRequest(params), call)
  return pageJson(items)
})
