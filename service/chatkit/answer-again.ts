import { ServiceError } from '../errors.ts'
import type { UserMessageItem } from '../protocol/items.ts'
import type { Thread } from '../protocol/thread.ts'
import type { Accepted } from '../runs/run-request.ts'
import type { RepeatAcceptance } from '../store/accept-continuation.ts'
import type { NewRun } from '../store/acceptance.ts'
import type { RunRow } from '../store/run-recovery.ts'
import type { OperationCall } from './operation.ts'

export interface AgainParts {
  readonly call: OperationCall
  /** What the client hears first, as if this were the first time. */
  readonly open: (
    thread: Thread,
    message: UserMessageItem,
    call: OperationCall,
  ) => Promise<Accepted>
}

/**
 * Accepts a repeat of a request whose run was interrupted. Its message is stored already, so it is
 * answered again from there, and not stored twice.
 */
export async function answerAgain(
  run: NewRun,
  earlier: RunRow,
  { call, open }: AgainParts,
): Promise<Accepted | Exclude<RepeatAcceptance, { kind: 'accepted' }>> {
  const repeated = { ...run, threadId: earlier.thread_id }
  const messageId = earlier.message_id ?? ''
  const acceptance = await call.store.continuation.again(repeated, messageId, call.context)
  if (acceptance.kind !== 'accepted') return acceptance
  const { thread, item } = acceptance
  if (item.type !== 'user_message') throw new ServiceError('item_not_found')
  return await open(thread, item, call)
}
