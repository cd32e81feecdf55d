import { z } from 'zod'
import { ServiceError } from '../../errors.ts'
import type { StructuredInputItem } from '../../protocol/items.ts'
import { storableText } from '../../protocol/text.ts'
import type { Thread } from '../../protocol/thread.ts'
import { IdInput, NAME_LENGTH_MAX } from '../../protocol/user-message-input.ts'
import type { Accepted } from '../../runs/run-request.ts'
import { streamOperation } from '../operation.ts'
import type { OperationCall } from '../operation.ts'
import { withAnswers } from '../structured-answers.ts'

const QUESTIONS_MAX = 100
const VALUES_MAX = 100
const VALUE_LENGTH_MAX = 10_000

const Answer = z.object({
  values: z
    .array(z.string().max(VALUE_LENGTH_MAX).transform(storableText))
    .max(VALUES_MAX)
    .default([]),
  skipped: z.boolean().default(false),
})

/** Brings the answers to a form, and goes on with the conversation. */
const ThreadsAddStructuredInput = z.object({
  type: z.literal('threads.add_structured_input'),
  params: z.object({
    thread_id: IdInput,
    item_id: IdInput,
    input: z.object({
      status: z.enum(['answered', 'skipped']).default('answered'),
      answers: z
        .record(z.string().max(NAME_LENGTH_MAX), Answer)
        .refine(
          (answers) => Object.keys(answers).length <= QUESTIONS_MAX,
          `at most ${QUESTIONS_MAX} answers`,
        )
        .default({}),
    }),
  }),
})

export const threadsAddStructuredInput = streamOperation(
  ThreadsAddStructuredInput,
  async ({ params }, call) => {
    const { thread_id: threadId, item_id: itemId, input } = params
    await call.store.threads.load(threadId, call.context)
    const item = await call.store.items.load(threadId, itemId, call.context)
    if (item.type !== 'structured_input') throw new ServiceError('item_not_found')
    const answered = withAnswers(item, input)
    return await call.runs.begin({
      context: call.context,
      operation: 'threads.add_structured_input',
      threadId,
      claim: call.claim,
      fromSequence: call.fromSequence,
      messageId: itemId,
      accept: async (run) => {
        const forms = { pending: { ...item, status: 'pending' as const }, answered }
        const acceptance = await call.store.continuation.answers(run, forms, call.context)
        return acceptance.kind === 'accepted'
          ? opened(acceptance.thread, answered, call)
          : acceptance
      },
      // The answers are stored already, in the form.
      acceptAgain: async (run) => {
        const acceptance = await call.store.continuation.again(run, itemId, call.context)
        return acceptance.kind === 'accepted' ? opened(acceptance.thread, item, call) : acceptance
      },
    })
  },
)

function opened(thread: Thread, form: StructuredInputItem, call: OperationCall): Accepted {
  return {
    kind: 'accepted',
    thread,
    opening: [],
    openingAfterOptions: [{ type: 'thread.item.replaced', item: form }],
    respond: (chat) => call.application.respond(chat, undefined),
  }
}
