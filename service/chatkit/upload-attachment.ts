import { z } from 'zod'
import type { RequestContext } from '../auth/request-context.ts'
import type { Attachment } from '../protocol/items.ts'
import { onBehalfOf } from '../store/fair-share.ts'
import type { Store } from '../store/store.ts'
import { AttachmentName, MediaType, toAllowed } from './attachment-params.ts'
import { parseRequest } from './parse-request.ts'
import type { DemandRequest } from './quotas.ts'

/** A file as its sender calls it. */
export interface NamedFile {
  readonly name: string
  readonly mimeType: string
}

/** What comes through this service instead of going where it is kept by itself. */
export interface DirectUploads {
  /** @throws ServiceError `operation_not_offered` where no attachments are kept. */
  readonly bytesMax: () => number
  /** Refuses a file of a type that is not allowed, before it is read. */
  readonly demand: (file: NamedFile) => void
  /** Counts a request, before anything of its file is read. */
  readonly count: DemandRequest
  /** Makes an attachment of a file on disk. */
  readonly add: (
    file: NamedFile & { readonly path: string; readonly sizeBytes: number },
    context: RequestContext,
  ) => Promise<Attachment>
}

const Upload = z.object({ name: AttachmentName, mime_type: MediaType })

/** Takes files into the store: each is checked and counted as if it had been announced. */
export function directUploads({ attachments }: Store, demandRequest: DemandRequest): DirectUploads {
  return {
    bytesMax: () => attachments.policy.bytesMax,
    demand: (file) => {
      toAllowed({ ...parse(file), sizeBytes: 0 }, attachments.policy)
    },
    count: (context) => onBehalfOf(context, () => demandRequest(context)),
    add: async (file, context) => {
      const input = toAllowed({ ...parse(file), sizeBytes: file.sizeBytes }, attachments.policy)
      return await onBehalfOf(context, () => attachments.add(input, file.path, context))
    },
  }
}

function parse({ name, mimeType }: NamedFile): NamedFile {
  const upload = parseRequest(Upload, { name, mime_type: mimeType })
  return { name: upload.name, mimeType: upload.mime_type }
}
