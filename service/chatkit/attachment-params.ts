import { z } from 'zod'
import { ServiceError } from '../errors.ts'
import { essenceOf } from '../protocol/media-types.ts'
import { storableText } from '../protocol/text.ts'
import { NAME_LENGTH_MAX } from '../protocol/user-message-input.ts'
import type { NewAttachment } from '../store/attachment-rows.ts'
import type { AttachmentPolicy } from '../store/attachments.ts'
import { mediaTypeOf } from './media-type-of.ts'

const MEDIA_TYPE_LENGTH_MAX = 255
// RFC 9110, section 8.3.1, without quoted parameters: no browser writes those for a file. Of files
// that it does not know a browser says nothing.
const MEDIA_TYPE = /^([\w!#$&^.+-]+\/[\w!#$&^.+-]+( ?; ?[\w!#$&^.+-]+=[\w!#$&^.+-]+)*)?$/
const MEGABYTE = 1024 * 1024

export const AttachmentName = z.string().min(1).max(NAME_LENGTH_MAX).transform(storableText)

export const MediaType = z
  .string()
  .max(MEDIA_TYPE_LENGTH_MAX)
  .regex(MEDIA_TYPE, 'must be a media type such as image/png, or empty')

/**
 * The file as it is kept: with the type that its name stands for where it came without.
 *
 * @throws ServiceError `attachment_type_not_allowed` or `attachment_too_large`, which say what is.
 */
export function toAllowed(
  file: NewAttachment,
  { bytesMax, types }: AttachmentPolicy,
): NewAttachment {
  const isAllowed = (mimeType: string) => {
    const essence = essenceOf(mimeType)
    return types.includes(essence) || types.includes(`${essence.split('/', 1)[0]}/*`)
  }
  const mimeType = mediaTypeOf(file, isAllowed)
  if (!isAllowed(mimeType)) {
    const detail = `Allowed are ${types.join(', ')}.`
    throw new ServiceError('attachment_type_not_allowed', { detail })
  }
  if (file.sizeBytes > bytesMax) throw tooLarge(bytesMax)
  return { ...file, mimeType }
}

/** The refusal of a file that has more bytes than are allowed. */
export function tooLarge(bytesMax: number): ServiceError {
  const size = bytesMax < MEGABYTE ? '' : ` (${Math.floor((bytesMax / MEGABYTE) * 10) / 10} MB)`
  const detail = `A file has at most ${bytesMax} bytes${size}.`
  return new ServiceError('attachment_too_large', { detail })
}
