import { z } from 'zod'
import { ServiceError } from '../../errors.ts'
import { storableJson } from '../../protocol/text.ts'
import { IdInput } from '../../protocol/user-message-input.ts'
import type { Thread } from '../../protocol/thread.ts'
import type { Accepted } from '../../runs/run-request.ts'
import { streamOperation } from '../operation.ts'

const RESULT_LENGTH_MAX = 200_000

/** Brings what a tool of the browser returned, and goes on with the answer. */
const ThreadsAddClientToolOutput = z.object({
  type: z.literal('threads.add_client_tool_output'),
  params: z.object({
    thread_id: IdInput,
    result: z
      .unknown()
      .refine((result) => result !== undefined, 'required; it may be null')
      .transform(storableJson),
  }),
})

export const threadsAddClientToolOutput = streamOperation(
  ThreadsAddClientToolOutput,
  async ({ params }, call) => {
    const { thread_id: threadId, result } = params
    if (JSON.stringify(result).length > RESULT_LENGTH_MAX) {
      throw new ServiceError('invalid_request', {
        detail: `params.result: at most ${RESULT_LENGTH_MAX} characters of JSON`,
      })
    }
    const accepted = (thread: Thread): Accepted => ({
      kind: 'accepted',
      thread,
      opening: [],
      respond: (chat) => call.application.respond(chat, undefined),
    })
    return await call.runs.begin({
      context: call.context,
      operation: 'threads.add_client_tool_output',
      threadId,
      claim: call.claim,
      fromSequence: call.fromSequence,
      accept: async (run) => {
        const acceptance = await call.store.continuation.toolOutput(run, result, call.context)
        return acceptance.kind === 'accepted' ? accepted(acceptance.thread) : acceptance
      },
      // The outcome is stored already, with the call that it belongs to.
      acceptAgain: async (run, earlier) => {
        const itemId = earlier.message_id ?? ''
        const acceptance = await call.store.continuation.again(run, itemId, call.context)
        return acceptance.kind === 'accepted' ? accepted(acceptance.thread) : acceptance
      },
    })
  },
)
