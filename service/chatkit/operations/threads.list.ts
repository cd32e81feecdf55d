import { z } from 'zod'
import { pageJson } from '../../protocol/json-page.ts'
import { pageOperation } from '../operation.ts'
import { pageParams, toPageRequest } from '../page-params.ts'

/** Asks for one page of the caller's conversations, newest first unless `order` says otherwise. */
const ThreadsList = z.object({
  type: z.literal('threads.list'),
  params: z.object(pageParams),
})

export const threadsList = pageOperation(ThreadsList, async ({ params }, call) => {
  const { store, context: owner, quota } = call
  return pageJson(await store.readings.listThreads(toPageRequest(params), { owner, quota }))
})
