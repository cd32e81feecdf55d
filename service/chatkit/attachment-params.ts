import { z } from 'zod'
import { ServiceError } from '../errors.ts'
import { essenceOf } from '../protocol/media-types.ts'
import { storableText } from '../protocol/text.ts'
import { NAME_LENGTH_MAX } from '../protocol/user-message-input.ts'
import type { NewAttachment } from '../store/attachment-rows.ts'
import type { AttachmentPolicy } from '../store/attachments.ts'

const MEDIA_TYPE_LENGTH_MAX = 255
// RFC 9110, section 8.3.1, without quoted parameters: no browser writes those for a file.
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+( ?; ?[\w!#$&^.+-]+=[\w!#$&^.+-]+)*$/

export const AttachmentName = z.string().min(1).max(NAME_LENGTH_MAX).transform(storableText)

export const MediaType = z
  .string()
  .max(MEDIA_TYPE_LENGTH_MAX)
  .regex(MEDIA_TYPE, 'must be a media type such as image/png')

/** @throws ServiceError `invalid_request`, which says what is allowed. */
export function demandAllowed(
  { mimeType, sizeBytes }: Pick<NewAttachment, 'mimeType' | 'sizeBytes'>,
  { bytesMax, types }: AttachmentPolicy,
): void {
  const essence = essenceOf(mimeType)
  const family = `${essence.split('/', 1)[0]}/*`
  if (!types.includes(essence) && !types.includes(family)) {
    const detail = `params.mime_type: one of ${types.join(', ')}`
    throw new ServiceError('invalid_request', { detail })
  }
  if (sizeBytes > bytesMax) {
    const detail = `params.size: at most ${bytesMax} bytes`
    throw new ServiceError('invalid_request', { detail })
  }
}
