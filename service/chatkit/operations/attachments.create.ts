import { z } from 'zod'
import { AttachmentName, MediaType, toAllowed } from '../attachment-params.ts'
import { jsonOperation } from '../operation.ts'

/** Announces a file. The answer says where the client uploads it, before it is sent. */
const AttachmentsCreate = z.object({
  type: z.literal('attachments.create'),
  params: z.object({
    name: AttachmentName,
    size: z.int().nonnegative(),
    mime_type: MediaType,
  }),
})

export const attachmentsCreate = jsonOperation(AttachmentsCreate, async ({ params }, call) => {
  const { attachments } = call.store
  const file = { name: params.name, mimeType: params.mime_type, sizeBytes: params.size }
  return await attachments.announce(toAllowed(file, attachments.policy), call.context)
})
