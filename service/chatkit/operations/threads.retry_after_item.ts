import { z } from 'zod'
import { IdInput } from '../../protocol/user-message-input.ts'
import type { Accepted } from '../../runs/run-request.ts'
import type { Conflict, NewRun } from '../../store/acceptance.ts'
import { streamOperation } from '../operation.ts'

/** Takes back everything after an item and asks for another answer to the message before it. */
const ThreadsRetryAfterItem = z.object({
  type: z.literal('threads.retry_after_item'),
  params: z.object({ thread_id: IdInput, item_id: IdInput }),
})

export const threadsRetryAfterItem = streamOperation(
  ThreadsRetryAfterItem,
  async ({ params }, call) => {
    const accept = async (run: NewRun): Promise<Accepted | Conflict> => {
      const acceptance = await call.store.continuation.retry(run, params.item_id, call.context)
      if (acceptance.kind !== 'accepted') return acceptance
      const { thread, message } = acceptance
      return {
        kind: 'accepted',
        thread,
        opening: [],
        respond: (chat) => call.application.respond(chat, message),
      }
    }
    return await call.runs.begin({
      context: call.context,
      operation: 'threads.retry_after_item',
      threadId: params.thread_id,
      claim: call.claim,
      fromSequence: call.fromSequence,
      accept,
      acceptAgain: accept,
    })
  },
)
