import { z } from 'zod'
import { storableText } from '../../protocol/text.ts'
import { threadOnTheWire } from '../../protocol/thread.ts'
import { IdInput } from '../../protocol/user-message-input.ts'
import { jsonOperation } from '../operation.ts'

const TITLE_LENGTH_MAX = 1_000

/** Renames a conversation. */
const ThreadsUpdate = z.object({
  type: z.literal('threads.update'),
  params: z.object({
    thread_id: IdInput,
    title: z.string().max(TITLE_LENGTH_MAX).transform(storableText),
  }),
})

export const threadsUpdate = jsonOperation(ThreadsUpdate, async ({ params }, call) => {
  const { thread_id: threadId, title } = params
  return threadOnTheWire(await call.store.threads.update(threadId, { title }, call.context))
})
