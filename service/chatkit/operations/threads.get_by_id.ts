import { z } from 'zod'
import { IdInput } from '../../protocol/user-message-input.ts'
import { openThread } from '../../runs/visible-items.ts'
import { pageOperation } from '../operation.ts'
import { toPageRequest } from '../page-params.ts'

/** Asks for a conversation with its first page of items, oldest first. */
const ThreadsGetById = z.object({
  type: z.literal('threads.get_by_id'),
  params: z.object({ thread_id: IdInput }),
})

export const threadsGetById = pageOperation(ThreadsGetById, async ({ params }, call) => {
  const opened = await openThread(params.thread_id, toPageRequest({ order: 'asc' }), call)
  return opened.with(opened.items)
})
