import { z } from 'zod'
import { IdInput } from '../../protocol/user-message-input.ts'
import { jsonOperation } from '../operation.ts'

/** Removes a conversation with everything in it, also while it is being answered. */
const ThreadsDelete = z.object({
  type: z.literal('threads.delete'),
  params: z.object({ thread_id: IdInput }),
})

export const threadsDelete = jsonOperation(ThreadsDelete, async ({ params }, call) => {
  await call.store.threads.delete(params.thread_id, call.context)
  call.runs.abandonThread(params.thread_id, call.context)
  return {}
})
