import { z } from 'zod'
import { threadOnTheWire } from '../../protocol/thread.ts'
import { jsonOperation } from '../operation.ts'
import { pageParams, toPageRequest } from '../page-params.ts'

/** Asks for one page of the caller's conversations, newest first unless `order` says otherwise. */
const ThreadsList = z.object({
  type: z.literal('threads.list'),
  params: z.object(pageParams),
})

export const threadsList = jsonOperation(ThreadsList, async ({ params }, { store, context }) => {
  const page = await store.threads.list(toPageRequest(params), context)
  return { ...page, data: page.data.map((thread) => threadOnTheWire(thread)) }
})
