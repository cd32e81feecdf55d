import { z } from 'zod'
import { newId } from '../../protocol/ids.ts'
import type { UserMessageItem } from '../../protocol/items.ts'
import { threadOnTheWire } from '../../protocol/thread.ts'
import type { Thread } from '../../protocol/thread.ts'
import { UserMessageInput } from '../../protocol/user-message-input.ts'
import type { Accepted } from '../../runs/run-request.ts'
import { answerAgain } from '../answer-again.ts'
import { streamOperation } from '../operation.ts'
import type { OperationParts } from '../operation.ts'
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
  const message = toUserMessage(thread.id, params.input)
  return await call.runs.begin({
    context: call.context,
    operation: 'threads.create',
    threadId: thread.id,
    claim: call.claim,
    fromSequence: call.fromSequence,
    messageId: message.id,
    accept: async (run) => {
      const acceptance = await call.store.acceptance.create(run, { thread, message }, call.context)
      return acceptance.kind === 'accepted' ? opened(thread, message, call) : acceptance
    },
    acceptAgain: (run, earlier) => answerAgain(run, earlier, { call, open: opened }),
  })
})

function opened(thread: Thread, message: UserMessageItem, parts: OperationParts): Accepted {
  return {
    kind: 'accepted',
    thread,
    opening: [
      { type: 'thread.created', thread: threadOnTheWire(thread) },
      { type: 'thread.item.done', item: message },
    ],
    respond: (chat) => parts.application.respond(chat, message),
  }
}
