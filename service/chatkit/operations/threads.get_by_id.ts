import { z } from 'zod'
import { threadOnTheWire } from '../../protocol/thread.ts'
import { IdInput } from '../../protocol/user-message-input.ts'
import { listVisibleItems } from '../../runs/visible-items.ts'
import { jsonOperation } from '../operation.ts'
import { toPageRequest } from '../page-params.ts'

/** Asks for a conversation with its first page of items, oldest first. */
const ThreadsGetById = z.object({
  type: z.literal('threads.get_by_id'),
  params: z.object({ thread_id: IdInput }),
})

export const threadsGetById = jsonOperation(ThreadsGetById, async ({ params }, call) => {
  const { store, context } = call
  const [thread, items] = await Promise.all([
    store.threads.load(params.thread_id, context),
    listVisibleItems(params.thread_id, toPageRequest({ order: 'asc' }), call),
  ])
  return threadOnTheWire(thread, items)
})
