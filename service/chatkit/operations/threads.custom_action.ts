import { z } from 'zod'
import { ServiceError } from '../../errors.ts'
import type { Accepted } from '../../runs/run-request.ts'
import type { Conflict, NewRun } from '../../store/acceptance.ts'
import { actionParams } from '../action-params.ts'
import { streamOperation } from '../operation.ts'

/** Asks for what a button or a form of a widget stands for, or for something the page needs. */
const ThreadsCustomAction = z.object({
  type: z.literal('threads.custom_action'),
  params: z.object(actionParams),
})

export const threadsCustomAction = streamOperation(
  ThreadsCustomAction,
  async ({ params }, call) => {
    const { thread_id: threadId, item_id: itemId, action } = params
    const accept = async (run: NewRun): Promise<Accepted | Conflict> => {
      const acceptance = await call.store.continuation.action(run, itemId, call.context)
      if (acceptance.kind !== 'accepted') return acceptance
      const { thread, sender } = acceptance
      return {
        kind: 'accepted',
        thread,
        opening: [],
        respond: async (chat) => {
          if (!call.application.action) throw new ServiceError('operation_not_offered')
          await call.application.action(
            chat,
            { type: action.type, payload: action.payload },
            sender,
          )
        },
      }
    }
    return await call.runs.begin({
      context: call.context,
      operation: 'threads.custom_action',
      threadId,
      claim: call.claim,
      fromSequence: call.fromSequence,
      accept,
      acceptAgain: accept,
    })
  },
)
