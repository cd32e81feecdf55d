import type { AttachmentFiles } from '../../service/protocol/attachment-files.ts'
import type { Told } from './told.ts'
import type { AttachmentFields } from './trace-format.ts'

const PNG_BEGINNING = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')

/** A place for attachments that fills in what a trace says, and where everything has arrived. */
export function scriptedFiles(fields: AttachmentFields, told: Told): AttachmentFiles {
  const { upload_descriptor: uploadDescriptor, preview_url: previewUrl, metadata } = fields
  return {
    prepare: async ({ name, sizeBytes: size, mimeType: mime_type }) => {
      told.note({ hook: 'create_attachment', name, size, mime_type })
      return metadata ?? {}
    },
    addresses: async ({ mimeType }) => ({
      uploadDescriptor,
      previewUrl: mimeType.startsWith('image/') ? previewUrl : undefined,
    }),
    inspect: async ({ sizeBytes }) => ({ sizeBytes }),
    write: async () => undefined,
    put: async () => undefined,
    url: async ({ name }) => `data:text/plain,${encodeURIComponent(name)}`,
    read: async ({ mimeType }) => Buffer.from(mimeType === 'image/png' ? PNG_BEGINNING : ''),
    delete: async ({ id }) => told.noteDeletion(id),
  }
}
