import type { ChatUser } from './chat.ts'
import type { UploadDescriptor } from './items.ts'

/** An attachment as those see it who keep its content. */
export interface AttachmentFile {
  readonly id: string
  readonly name: string
  readonly mimeType: string
  /** What the client announced. */
  readonly sizeBytes: number
  /** The conversation it was sent in; undefined as long as it waits to be sent. */
  readonly threadId: string | undefined
  readonly owner: Pick<ChatUser, 'orgId' | 'userId'>
}

export interface AttachmentAddresses {
  /** Where the client puts the content, as long as it may. */
  readonly uploadDescriptor?: UploadDescriptor | undefined
  /** Where the client gets an image to show: good for a while, so it is asked for at each read. */
  readonly previewUrl?: string | undefined
}

/** Where the content of attachments is kept: a bucket in production, a folder locally. */
export interface AttachmentFiles {
  /** Told of a new one before it is stored. What it returns is stored beside it, for itself. */
  prepare(file: AttachmentFile): Promise<Readonly<Record<string, unknown>>>
  addresses(file: AttachmentFile): Promise<AttachmentAddresses>
  /** What has been uploaded; undefined when nothing has. */
  inspect(file: AttachmentFile): Promise<{ readonly sizeBytes: number } | undefined>
  /** Takes the content from a file on disk: an upload that came through this process. */
  write(file: AttachmentFile, path: string): Promise<void>
  /** Takes the content as it is: an image that was made here. */
  put(file: AttachmentFile, content: Uint8Array): Promise<void>
  /** Where the model's provider can read it: for a while, or a `data:` URL; undefined when gone. */
  url(file: AttachmentFile): Promise<string | undefined>
  /** At most so much of its beginning; undefined when it is gone. */
  read(file: AttachmentFile, bytesMax: number): Promise<Uint8Array | undefined>
  /** One that is gone already is no failure. */
  delete(file: Pick<AttachmentFile, 'id' | 'owner'>): Promise<void>
}
