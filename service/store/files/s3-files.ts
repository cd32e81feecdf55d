import { createReadStream } from 'node:fs'
import type { ReadStream } from 'node:fs'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type {
  AttachmentAddresses,
  AttachmentFile,
  AttachmentFiles,
} from '../../protocol/attachment-files.ts'
import type { UploadDescriptor } from '../../protocol/items.ts'
import { essenceOf, isImage } from '../../protocol/media-types.ts'
import { contentDisposition } from './content-disposition.ts'
import {
  PREVIEW_SECONDS,
  PREVIEW_WINDOW_SECONDS,
  READING_SECONDS,
  UPLOAD_SECONDS,
} from './lifetimes.ts'

const TIMEOUTS = { connectionTimeout: 2_000, requestTimeout: 10_000 }
const PREFIX = 'attachments/'
/** Objects that are remembered to be there, and for how long. Nothing is put in their place. */
const PRESENT_MAX = 10_000
const PRESENT_SECONDS = 900

/** How a client for this has to be made, whatever else it is told. */
export const S3_CLIENT_OPTIONS = {
  // A checksum in the address would be that of an empty body: the content is not there yet.
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
} as const

/**
 * Content in a private bucket. Browsers upload and show it by presigned addresses, so none of it
 * comes through this service.
 */
export class S3Files implements AttachmentFiles {
  readonly #bucket: string
  #s3: S3Client | undefined
  /** Until when they count as being there, by id. */
  readonly #present = new Map<string, number>()

  /** Without a client, one is made at the first question: making it looks for credentials. */
  constructor(bucket: string, client?: S3Client) {
    this.#bucket = bucket
    this.#s3 = client
  }

  prepare(): Promise<Readonly<Record<string, unknown>>> {
    return Promise.resolve({ bucket: this.#bucket })
  }

  async addresses(file: AttachmentFile): Promise<AttachmentAddresses> {
    const [uploadDescriptor, previewUrl] = await Promise.all([
      file.threadId === undefined ? this.#upload(file) : undefined,
      isImage(file.mimeType) ? this.#preview(file) : undefined,
    ])
    return { uploadDescriptor, previewUrl }
  }

  async inspect(file: AttachmentFile): Promise<{ readonly sizeBytes: number } | undefined> {
    try {
      const head = await this.#client.send(new HeadObjectCommand(this.#object(file)))
      this.#notePresent(file)
      return { sizeBytes: head.ContentLength ?? 0 }
    } catch (error) {
      if (isAbsence(error)) return undefined
      throw error
    }
  }

  async write(file: AttachmentFile, path: string): Promise<void> {
    const content = createReadStream(path)
    try {
      await this.put(file, content)
    } finally {
      content.destroy()
    }
  }

  async put(file: AttachmentFile, content: Uint8Array | ReadStream): Promise<void> {
    const command = new PutObjectCommand({
      ...this.#object(file),
      Body: content,
      ContentLength: file.sizeBytes,
      ContentType: file.mimeType,
    })
    await this.#client.send(command)
  }

  async url(file: AttachmentFile): Promise<string | undefined> {
    // An address can be made of anything, and the provider would fail on what is not there.
    const isPresent = (this.#present.get(file.id) ?? 0) > Date.now()
    if (!isPresent && !(await this.inspect(file))) return undefined
    const command = new GetObjectCommand({
      ...this.#object(file),
      ResponseContentType: file.mimeType,
      ResponseContentDisposition: contentDisposition('attachment', file.name),
    })
    return await getSignedUrl(this.#client, command, { expiresIn: READING_SECONDS })
  }

  async read(file: AttachmentFile, bytesMax: number): Promise<Uint8Array | undefined> {
    // A range of no bytes cannot be asked for, nor one of an empty object.
    if (bytesMax <= 0 || file.sizeBytes === 0) return new Uint8Array()
    const range = `bytes=0-${bytesMax - 1}`
    try {
      const { Body } = await this.#client.send(
        new GetObjectCommand({ ...this.#object(file), Range: range }),
      )
      if (!Body) throw new Error('S3 has answered without a body')
      return await Body.transformToByteArray()
    } catch (error) {
      if (isAbsence(error)) return undefined
      throw error
    }
  }

  async delete(file: Pick<AttachmentFile, 'id' | 'owner'>): Promise<void> {
    this.#present.delete(file.id)
    await this.#client.send(new DeleteObjectCommand(this.#object(file)))
  }

  /**
   * Size and type are signed, so S3 takes no other content than the one that was announced; and
   * that there must be none yet, so nothing takes the place of what has been uploaded.
   */
  async #upload(file: AttachmentFile): Promise<UploadDescriptor> {
    const command = new PutObjectCommand({
      ...this.#object(file),
      ContentLength: file.sizeBytes,
      ContentType: file.mimeType,
      IfNoneMatch: '*',
    })
    const url = await getSignedUrl(this.#client, command, {
      expiresIn: UPLOAD_SECONDS,
      signableHeaders: new Set(['host', 'content-length', 'content-type', 'if-none-match']),
    })
    // Browsers set the length themselves and refuse to be told it.
    const headers = { 'content-type': file.mimeType, 'if-none-match': '*' }
    return { url, method: 'PUT', headers }
  }

  async #preview(file: AttachmentFile): Promise<string> {
    const command = new GetObjectCommand({
      ...this.#object(file),
      ResponseContentType: essenceOf(file.mimeType),
      ResponseContentDisposition: contentDisposition('inline', file.name),
      ResponseCacheControl: `private, max-age=${PREVIEW_WINDOW_SECONDS}`,
    })
    const windowMs = PREVIEW_WINDOW_SECONDS * 1_000
    return await getSignedUrl(this.#client, command, {
      expiresIn: PREVIEW_SECONDS,
      signingDate: new Date(Date.now() - (Date.now() % windowMs)),
    })
  }

  #notePresent({ id }: AttachmentFile): void {
    this.#present.delete(id)
    this.#present.set(id, Date.now() + PRESENT_SECONDS * 1_000)
    const [oldest] = this.#present.keys()
    if (this.#present.size > PRESENT_MAX && oldest !== undefined) this.#present.delete(oldest)
  }

  #object({ id }: Pick<AttachmentFile, 'id'>) {
    return { Bucket: this.#bucket, Key: `${PREFIX}${id}` }
  }

  get #client(): S3Client {
    this.#s3 ??= new S3Client({ ...S3_CLIENT_OPTIONS, requestHandler: TIMEOUTS })
    return this.#s3
  }
}

/**
 * To whom may not list a bucket, as this service may not, S3 says 403 of a key that is not there.
 */
function isAbsence(error: unknown): boolean {
  const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined
  return status === 404 || status === 403
}
