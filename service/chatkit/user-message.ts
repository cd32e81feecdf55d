import { newId } from '../protocol/ids.ts'
import type { UserMessageItem } from '../protocol/items.ts'
import type { UserMessageInput } from '../protocol/user-message-input.ts'
import { ServiceError } from '../errors.ts'

/** The item that a message becomes in its conversation. */
export function toUserMessage(threadId: string, input: UserMessageInput): UserMessageItem {
  // No attachment can have been made here, so an id names none.
  if (input.attachments.length > 0) throw new ServiceError('attachment_not_found')
  return {
    type: 'user_message',
    id: newId('message'),
    thread_id: threadId,
    created_at: new Date().toISOString(),
    content: input.content,
    attachments: [],
    quoted_text: input.quoted_text,
    inference_options: input.inference_options,
  }
}
