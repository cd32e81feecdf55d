import type { Operation } from './operation.ts'
import { attachmentsCreate } from './operations/attachments.create.ts'
import { attachmentsDelete } from './operations/attachments.delete.ts'
import { inputTranscribe } from './operations/input.transcribe.ts'
import { itemsFeedback } from './operations/items.feedback.ts'
import { itemsList } from './operations/items.list.ts'
import { threadsAddClientToolOutput } from './operations/threads.add_client_tool_output.ts'
import { threadsAddStructuredInput } from './operations/threads.add_structured_input.ts'
import { threadsAddUserMessage } from './operations/threads.add_user_message.ts'
import { threadsCreate } from './operations/threads.create.ts'
import { threadsCustomAction } from './operations/threads.custom_action.ts'
import { threadsDelete } from './operations/threads.delete.ts'
import { threadsGetById } from './operations/threads.get_by_id.ts'
import { threadsList } from './operations/threads.list.ts'
import { threadsRetryAfterItem } from './operations/threads.retry_after_item.ts'
import { threadsSyncCustomAction } from './operations/threads.sync_custom_action.ts'
import { threadsUpdate } from './operations/threads.update.ts'

/** Every operation of the protocol, by its name on the wire. */
export const operations = {
  'threads.create': threadsCreate,
  'threads.add_user_message': threadsAddUserMessage,
  'threads.add_client_tool_output': threadsAddClientToolOutput,
  'threads.add_structured_input': threadsAddStructuredInput,
  'threads.retry_after_item': threadsRetryAfterItem,
  'threads.custom_action': threadsCustomAction,
  'threads.get_by_id': threadsGetById,
  'threads.list': threadsList,
  'threads.update': threadsUpdate,
  'threads.delete': threadsDelete,
  'threads.sync_custom_action': threadsSyncCustomAction,
  'items.list': itemsList,
  'items.feedback': itemsFeedback,
  'attachments.create': attachmentsCreate,
  'attachments.delete': attachmentsDelete,
  'input.transcribe': inputTranscribe,
} as const satisfies Record<string, Operation>

export type OperationName = keyof typeof operations
