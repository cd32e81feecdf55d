import { z } from 'zod'
import { IdInput } from '../../protocol/user-message-input.ts'
import { jsonOperation } from '../operation.ts'

/** Takes back a file that has not been sent. One that has goes with its conversation. */
const AttachmentsDelete = z.object({
  type: z.literal('attachments.delete'),
  params: z.object({ attachment_id: IdInput }),
})

export const attachmentsDelete = jsonOperation(AttachmentsDelete, async ({ params }, call) => {
  await call.store.attachments.remove(params.attachment_id, call.context)
  return {}
})
