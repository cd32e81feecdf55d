import type { AttachmentAddresses, AttachmentFile } from '../protocol/attachment-files.ts'
import { attachmentIdIn } from '../protocol/ids.ts'
import type { Attachment, ThreadItem } from '../protocol/items.ts'
import { isImage } from '../protocol/media-types.ts'

/** The ids of the attachments that an item shows, kept images among them. */
export function attachmentIdsIn(item: ThreadItem): readonly string[] {
  if (item.type === 'user_message') return item.attachments.map(({ id }) => id)
  const id = item.type === 'generated_image' && item.image && attachmentIdIn(item.image.url)
  return id ? [id] : []
}

/** The item with the attachments that are known now in the place of those it was stored with. */
export function withAttachments(
  item: ThreadItem,
  known: ReadonlyMap<string, Attachment>,
): ThreadItem {
  if (item.type === 'user_message') {
    return { ...item, attachments: item.attachments.map((one) => known.get(one.id) ?? one) }
  }
  if (item.type !== 'generated_image' || !item.image) return item
  const kept = known.get(attachmentIdIn(item.image.url) ?? '')
  const isOfThread = kept?.type === 'image' && kept.thread_id === item.thread_id
  if (!isOfThread || kept.preview_url === undefined) return item
  return { ...item, image: { ...item.image, url: kept.preview_url } }
}

/** An attachment as the wire has it. */
export function toAttachment(
  file: AttachmentFile,
  addresses: AttachmentAddresses = {},
): Attachment {
  const base = {
    id: file.id,
    name: file.name,
    mime_type: file.mimeType,
    upload_descriptor: addresses.uploadDescriptor,
    thread_id: file.threadId,
  }
  return isImage(file.mimeType)
    ? { ...base, type: 'image', preview_url: addresses.previewUrl }
    : { ...base, type: 'file' }
}
