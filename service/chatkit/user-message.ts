import { newId } from '../protocol/ids.ts'
import type { UserMessageItem } from '../protocol/items.ts'
import type { UserMessageInput } from '../protocol/user-message-input.ts'
import type { OperationCall } from './operation.ts'

/**
 * The item that a message becomes in its conversation, its attachments without addresses.
 *
 * @throws ServiceError when an attachment is not the sender's or has not been uploaded.
 */
export async function toUserMessage(
  threadId: string,
  input: UserMessageInput,
  { store, context }: OperationCall,
): Promise<UserMessageItem> {
  return {
    type: 'user_message',
    id: newId('message'),
    thread_id: threadId,
    created_at: new Date().toISOString(),
    content: input.content,
    attachments: [...(await store.attachments.forMessage(input.attachments, threadId, context))],
    quoted_text: input.quoted_text,
    inference_options: input.inference_options,
  }
}
