import { ServiceError } from '../errors.ts'
import type { ModelContent } from '../protocol/author.ts'
import type { Chat } from '../protocol/chat.ts'
import type { Attachment } from '../protocol/items.ts'

/** The beginning of a text file that is told with its message. */
const TEXT_BYTES_MAX = 32_768

// What models take as an image; others, such as SVG and HEIC, make them refuse the whole request.
const IMAGE_TYPES = new Set(['image/png', 'image/jpeg', 'image/webp', 'image/gif'])
const TEXT_TYPES =
  /^text\/|^application\/(json|xml|yaml|x-yaml|toml|sql|javascript|x-ndjson)$|\+(json|xml)$/

/**
 * An attachment as the model reads it: images and PDF as such, the beginning of texts, and the name
 * of everything else, also of what has been deleted since.
 */
export async function attachmentContent(attachment: Attachment, chat: Chat): Promise<ModelContent> {
  try {
    return await contentOf(attachment, chat)
  } catch (error) {
    const isGone = error instanceof ServiceError && error.code === 'attachment_not_found'
    if (!isGone) throw error
    return text(`[${titleOf(attachment)}; it is not available any more]`)
  }
}

async function contentOf(attachment: Attachment, chat: Chat): Promise<ModelContent> {
  const mediaType = attachment.mime_type.split(';')[0]?.trim().toLowerCase() ?? ''
  if (IMAGE_TYPES.has(mediaType)) {
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
  return text(`[${titleOf(attachment)}; you cannot read it]`)
}

function titleOf({ name, mime_type: type }: Attachment): string {
  return `attached file ${JSON.stringify(name)} (${type})`
}

function text(content: string): ModelContent {
  return { type: 'input_text', text: content }
}
