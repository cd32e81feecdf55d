import { z } from 'zod'
import { newId } from '../../protocol/ids.ts'
import type { UserMessageItem } from '../../protocol/items.ts'
import { threadOnTheWire } from '../../protocol/thread.ts'
import type { Thread } from '../../protocol/thread.ts'
import { UserMessageInput } from '../../protocol/user-message-input.ts'
import type { Accepted } from '../../runs/run-request.ts'
import { answerAgain } from '../answer-again.ts'
import { streamOperation } from '../operation.ts'
import type { OperationCall } from '../operation.ts'
import { toUserMessage } from '../user-message.ts'

/** Begins a conversation with its first message. */
const ThreadsCreate = z.object({
  type: z.literal('threads.create'),
  params: z.object({ input: UserMessageInput }),
})

export const threadsCreate = streamOperation(ThreadsCreate, async ({ params }, call) => {
  const thread: Thread = {
    id: newId('thread'),
    created_at: new Date().toISOString(),
    status: { type: 'active' },
    metadata: {},
  }
  const message = await toUserMessage(thread.id, params.input, call)
  return await call.runs.begin({
    context: call.context,
    operation: 'threads.create',
    threadId: thread.id,
    claim: call.claim,
    fromSequence: call.fromSequence,
    messageId: message.id,
    accept: async (run) => {
      const acceptance = await call.store.acceptance.create(run, { thread, message }, call.context)
      return acceptance.kind === 'accepted' ? await opened(thread, message, call) : acceptance
    },
    acceptAgain: (run, earlier) => answerAgain(run, earlier, { call, open: opened }),
  })
})

async function opened(
  thread: Thread,
  message: UserMessageItem,
  { application, store, context }: OperationCall,
): Promise<Accepted> {
  const shown = await store.attachments.withAddresses([message], context)
  return {
    kind: 'accepted',
    thread,
    opening: [
      { type: 'thread.created', thread: threadOnTheWire(thread) },
      ...shown.map((item) => ({ type: 'thread.item.done' as const, item })),
    ],
    respond: (chat) => application.respond(chat, message),
  }
}
