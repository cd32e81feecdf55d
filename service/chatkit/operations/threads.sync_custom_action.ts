import { z } from 'zod'
import { ServiceError } from '../../errors.ts'
import type { ActionScene, ChatAction } from '../../protocol/chat.ts'
import { isHidden } from '../../protocol/items.ts'
import type { ThreadItem, ThreadItemInput, WidgetItem } from '../../protocol/items.ts'
import { toStorable } from '../../protocol/normal-event.ts'
import { LiveThread } from '../../runs/live-thread.ts'
import { isTokenCount } from '../../store/usage.ts'
import { actionParams } from '../action-params.ts'
import { jsonOperation } from '../operation.ts'
import type { OperationCall } from '../operation.ts'

/** The same as `threads.custom_action`, answered at once: with what takes the sender's place. */
const ThreadsSyncCustomAction = z.object({
  type: z.literal('threads.sync_custom_action'),
  params: z.object(actionParams),
})

export const threadsSyncCustomAction = jsonOperation(
  ThreadsSyncCustomAction,
  async ({ params }, call) => {
    const thread = new LiveThread(await call.store.threads.load(params.thread_id, call.context))
    const sender = await senderOf(params.item_id, thread, call)
    if (thread.status.type !== 'active') throw new ServiceError('thread_not_active')
    const { type, payload } = params.action
    const updated = await perform({ type, payload }, sender, { thread, call })
    if (thread.isChanged) {
      await call.store.threads.update(thread.id, thread.takeChanges(), call.context)
    }
    return updated && !isHidden(updated) ? { updated_item: updated } : {}
  },
)

interface Surroundings {
  readonly thread: LiveThread
  readonly call: OperationCall
}

async function senderOf(
  itemId: string | undefined,
  thread: LiveThread,
  call: OperationCall,
): Promise<WidgetItem | undefined> {
  if (itemId === undefined) return undefined
  const item = await call.store.items.load(thread.id, itemId, call.context)
  if (item.type !== 'widget') throw new ServiceError('not_a_widget')
  return item
}

async function perform(
  action: ChatAction,
  sender: WidgetItem | undefined,
  surroundings: Surroundings,
): Promise<ThreadItem | undefined> {
  const { application } = surroundings.call
  if (!application.syncAction) throw new ServiceError('operation_not_offered')
  const updated = await application.syncAction(sceneOf(sender, surroundings), action, sender)
  return updated && toStorable(updated)
}

function sceneOf(
  sender: WidgetItem | undefined,
  { thread, call: { store, context, quotaFor } }: Surroundings,
): ActionScene {
  return {
    user: context,
    thread,
    save: async (input: ThreadItemInput) => {
      const item = { ...toStorable(input), thread_id: thread.id }
      // The user may have taken back the answer that showed it: then it does not come again.
      if (item.id === sender?.id) await store.items.replace(item, context)
      else await store.items.save(item, context)
    },
    demandAllowance: () => store.allowance.demand(context, quotaFor(context)),
    addUsage: async ({ inputTokens, outputTokens }) => {
      if (!isTokenCount(inputTokens) || !isTokenCount(outputTokens)) {
        throw new RangeError('no model counts its tokens like this')
      }
      await store.allowance.add(context, { inputTokens, outputTokens })
    },
  }
}
