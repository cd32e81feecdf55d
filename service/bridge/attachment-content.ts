import { ServiceError } from '../errors.ts'
import type { ModelContent } from '../protocol/author.ts'
import type { Chat } from '../protocol/chat.ts'
import type { Attachment } from '../protocol/items.ts'
import { essenceOf, isImage } from '../protocol/media-types.ts'

/** The beginning of a text file that is told with its message. */
const TEXT_BYTES_MAX = 32_768

const TEXT_TYPES =
  /^text\/|^application\/(json|xml|yaml|x-yaml|toml|sql|javascript|x-ndjson)$|\+(json|xml)$/

/**
 * An attachment as the model reads it: images and PDF as such, the beginning of texts, and the name
 * of everything else.
 */
export async function attachmentContent(attachment: Attachment, chat: Chat): Promise<ModelContent> {
  const mediaType = essenceOf(attachment.mime_type)
  // Others, such as SVG and HEIC, would make the model refuse the whole request.
  if (isImage(mediaType)) {
    return { type: 'input_image', image: await chat.attachmentUrl(attachment) }
  }
  if (mediaType === 'application/pdf') {
    const file = await chat.attachmentUrl(attachment)
    // A provider takes the name from the address, and refuses one beside it.
    return file.startsWith('data:')
      ? { type: 'input_file', file, filename: attachment.name }
      : { type: 'input_file', file }
  }
  if (TEXT_TYPES.test(mediaType)) {
    const bytes = await chat.readAttachment(attachment, TEXT_BYTES_MAX)
    const rest = bytes.length < TEXT_BYTES_MAX ? '' : '\n[the rest is left out]'
    // A stream leaves out half a character at the end of the bytes.
    const beginning = new TextDecoder().decode(bytes, { stream: true })
    return text(`[${titleOf(attachment)}]\n${beginning}${rest}`)
  }
  return attachmentName(attachment, 'you cannot read it')
}

/** An attachment of which the model is told no more than that it is there, and why. */
export function attachmentName(attachment: Attachment, reason: string): ModelContent {
  return text(`[${titleOf(attachment)}; ${reason}]`)
}

/**
 * Whether content has been deleted since, or attachments were offered once and are not any more.
 */
export function isGone(error: unknown): boolean {
  if (!(error instanceof ServiceError)) return false
  return error.code === 'attachment_not_found' || error.code === 'operation_not_offered'
}

function titleOf({ name, mime_type: type }: Attachment): string {
  return `attached file ${JSON.stringify(name)} (${type})`
}

function text(content: string): ModelContent {
  return { type: 'input_text', text: content }
}
