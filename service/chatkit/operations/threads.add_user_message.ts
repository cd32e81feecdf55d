import { z } from 'zod'
import type { UserMessageItem } from '../../protocol/items.ts'
import type { Thread } from '../../protocol/thread.ts'
import { IdInput, UserMessageInput } from '../../protocol/user-message-input.ts'
import type { Accepted } from '../../runs/run-request.ts'
import { answerAgain } from '../answer-again.ts'
import { streamOperation } from '../operation.ts'
import type { OperationCall } from '../operation.ts'
import { toUserMessage } from '../user-message.ts'

/** Adds a message to a conversation and asks for an answer. */
const ThreadsAddUserMessage = z.object({
  type: z.literal('threads.add_user_message'),
  params: z.object({ thread_id: IdInput, input: UserMessageInput }),
})

export const threadsAddUserMessage = streamOperation(
  ThreadsAddUserMessage,
  async ({ params }, call) => {
    const message = await toUserMessage(params.thread_id, params.input, call)
    return await call.runs.begin({
      context: call.context,
      operation: 'threads.add_user_message',
      threadId: params.thread_id,
      claim: call.claim,
      fromSequence: call.fromSequence,
      messageId: message.id,
      accept: async (run) => {
        const acceptance = await call.store.acceptance.message(run, message, call.context)
        return acceptance.kind === 'accepted'
          ? await opened(acceptance.thread, message, call)
          : acceptance
      },
      acceptAgain: (run, earlier) => answerAgain(run, earlier, { call, open: opened }),
    })
  },
)

async function opened(
  thread: Thread,
  message: UserMessageItem,
  { application, store, context }: OperationCall,
): Promise<Accepted> {
  const shown = await store.attachments.withAddresses([message], context)
  return {
    kind: 'accepted',
    thread,
    opening: shown.map((item) => ({ type: 'thread.item.done', item })),
    respond: (chat) => application.respond(chat, message),
  }
}
