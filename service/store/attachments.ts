import { ServiceError } from '../errors.ts'
import type { AttachmentFile, AttachmentFiles } from '../protocol/attachment-files.ts'
import { attachmentIdIn } from '../protocol/ids.ts'
import type { Attachment, ThreadItem } from '../protocol/items.ts'
import { essenceOf, isImage } from '../protocol/media-types.ts'
import { AttachmentRows } from './attachment-rows.ts'
import type { NewAttachment } from './attachment-rows.ts'
import { attachmentIdsIn, toAttachment, withAttachments } from './attachments-in-items.ts'
import { DiscardedFiles } from './discarded-files.ts'
import type { DiscardedFile } from './discarded-files.ts'
import { SIGNATURE_BYTES, typeShownBy } from './files/file-signature.ts'
import type { Owner } from './owner.ts'
import type { Database } from './pool.ts'

/** What an operator decides about attachments. */
export interface AttachmentPolicy {
  readonly bytesMax: number
  /** Media types such as `image/*` or `application/pdf`, in lower case. */
  readonly types: readonly string[]
}

/** Where the content of attachments is kept, and by which rules. */
export interface AttachmentKeeping {
  readonly files: AttachmentFiles
  readonly policy: AttachmentPolicy
  /** Told of what could not be done, where the client can do without it. */
  readonly onFailure: (error: unknown, what: string) => void
}

/** An image that was made in a conversation. */
export interface MadeImage {
  readonly name: string
  readonly mimeType: string
  readonly content: Uint8Array
}

export interface KeptImage {
  readonly id: string
  /** Where the client gets it to show, for a while. */
  readonly url: string
}

/**
 * What users send along, and the images that are made for them. A row says whose an attachment is
 * and which conversation it was sent in; its content lies elsewhere. Somebody else's is as absent
 * as one that was never there.
 */
export class Attachments {
  readonly #rows: AttachmentRows
  readonly #discarded: DiscardedFiles
  readonly #keeping: AttachmentKeeping | undefined

  /** Without `keeping` there are none. */
  constructor(database: Database, keeping: AttachmentKeeping | undefined) {
    this.#rows = new AttachmentRows(database)
    this.#discarded = new DiscardedFiles(database)
    this.#keeping = keeping
  }

  /** @throws ServiceError `operation_not_offered` where no attachments are kept. */
  get policy(): AttachmentPolicy {
    return this.#kept.policy
  }

  /** Makes one whose content the client uploads, to the address in the answer. */
  async announce(input: NewAttachment, owner: Owner): Promise<Attachment> {
    const file = await this.#insert(input, owner)
    return toAttachment(file, await reach(this.#files.addresses(file)))
  }

  /** Makes one of content that has come already: the file at `path`. */
  async add(input: NewAttachment, path: string, owner: Owner): Promise<Attachment> {
    const file = await this.#insert(input, owner)
    await reach(this.#files.write(file, path))
    const { previewUrl } = await reach(this.#files.addresses(file))
    return toAttachment(file, { previewUrl })
  }

  /**
   * Keeps an image that was made in a conversation, as a part of it. Undefined where none are kept,
   * and for what is not shown as an image.
   */
  async keepImage(
    image: MadeImage,
    threadId: string,
    owner: Owner,
  ): Promise<KeptImage | undefined> {
    const { name, mimeType, content } = image
    if (!this.#keeping || !isImage(mimeType) || content.length === 0) return undefined
    const input = { name, mimeType, sizeBytes: content.length }
    const file = { ...this.#rows.draft(input, owner), threadId }
    const { previewUrl: url } = await reach(this.#files.addresses(file))
    // Its id in the address is what it is found by again.
    if (url === undefined || attachmentIdIn(url) !== file.id) return undefined
    await this.#rows.insertBound(file, await reach(this.#files.prepare(file)))
    try {
      await reach(this.#files.put(file, content))
    } catch (error) {
      await this.removeImage(file.id, threadId, owner)
      throw error
    }
    return { id: file.id, url }
  }

  /** Removes an image of a conversation that another one takes the place of. */
  async removeImage(id: string, threadId: string, owner: Owner): Promise<void> {
    await this.#rows.removeBound(id, threadId, owner)
  }

  /**
   * Attachments as a message in this conversation keeps them: the sender's, uploaded, and what
   * their types say. Which conversation each is bound to is decided when the message is stored.
   *
   * @throws ServiceError that names the file which cannot be sent.
   */
  async forMessage(
    ids: readonly string[],
    threadId: string,
    owner: Owner,
  ): Promise<readonly Attachment[]> {
    if (ids.length === 0) return []
    if (!this.#keeping) throw new ServiceError('attachment_not_found')
    const found = await this.#rows.find(ids, owner)
    return await Promise.all(
      [...new Set(ids)].map(async (id) => {
        const file = found.get(id)
        if (!file) throw new ServiceError('attachment_not_found')
        const checked = file.threadId === undefined ? await this.#check(file) : file
        return toAttachment({ ...checked, threadId })
      }),
    )
  }

  /**
   * The items with the addresses that their attachments and kept images have now. Where these
   * cannot be had the items come without: a conversation can be read without its previews.
   */
  async withAddresses(items: readonly ThreadItem[], owner: Owner): Promise<readonly ThreadItem[]> {
    const ids = items.flatMap(attachmentIdsIn)
    if (ids.length === 0 || !this.#keeping) return items
    const { files, onFailure } = this.#keeping
    try {
      const found = await this.#rows.find(ids, owner)
      const entries = [...found.values()].map(async (file) => {
        return [file.id, toAttachment(file, await files.addresses(file))] as const
      })
      const addressed = new Map(await Promise.all(entries))
      return items.map((item) => withAttachments(item, addressed))
    } catch (error) {
      onFailure(error, 'attachments are shown without addresses')
      return items
    }
  }

  /**
   * Where the model's provider can read one of them.
   *
   * @throws ServiceError `attachment_not_found` also when only its content is gone.
   */
  async url(id: string, owner: Owner): Promise<string> {
    const url = await reach(this.#files.url(await this.#find(id, owner)))
    if (url === undefined) throw new ServiceError('attachment_not_found')
    return url
  }

  /** The beginning of one. @throws ServiceError as `url` does. */
  async read(id: string, bytesMax: number, owner: Owner): Promise<Uint8Array> {
    const content = await reach(this.#files.read(await this.#find(id, owner), bytesMax))
    if (!content) throw new ServiceError('attachment_not_found')
    return content
  }

  /**
   * Removes one that has not been sent. One that is not there is no failure.
   *
   * @throws ServiceError `attachment_sent` when it is part of a conversation.
   */
  async remove(id: string, { orgId, userId }: Owner): Promise<void> {
    const kept = this.#kept
    const owner = { orgId, userId }
    if (await this.#rows.removeUnsent(id, owner)) await this.#discard({ id, owner }, kept)
  }

  /** Deletes content whose attachment is gone; true when there may be more of it. */
  async sweep(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false
    const taken = await this.#discarded.take()
    for (const file of taken) {
      if (signal.aborted) return false
      await this.#discard(file, this.#kept)
    }
    return taken.length > 0
  }

  /** Removes what nobody has sent for a day. */
  async removeForgotten(): Promise<void> {
    await this.#rows.removeForgotten()
  }

  async #insert(input: NewAttachment, owner: Owner): Promise<AttachmentFile> {
    const file = this.#rows.draft(input, owner)
    await this.#rows.insert(file, await reach(this.#files.prepare(file)))
    return file
  }

  /** Content that cannot be deleted now is tried again by the sweep, of this process or another. */
  async #discard(file: DiscardedFile, { files, onFailure }: AttachmentKeeping): Promise<void> {
    try {
      await files.delete(file)
    } catch (error) {
      onFailure(error, 'the content of an attachment could not be deleted yet')
      return await this.#discarded.postpone(file)
    }
    await this.#discarded.settle(file)
  }

  async #find(id: string, owner: Owner): Promise<AttachmentFile> {
    const file = (await this.#rows.find([id], owner)).get(id)
    if (!file) throw new ServiceError('attachment_not_found')
    return file
  }

  /** The file as it really is. What a model could not read would fail every answer from then on. */
  async #check(file: AttachmentFile): Promise<AttachmentFile> {
    const { name: fileName, mimeType } = file
    await this.#demandUploaded(file)
    const isPicture = isImage(mimeType)
    if (!isPicture && essenceOf(mimeType) !== 'application/pdf') return file
    const beginning = await reach(this.#files.read(file, SIGNATURE_BYTES))
    if (!beginning) throw new ServiceError('attachment_not_uploaded', { fileName })
    const shown = typeShownBy(beginning)
    if (shown === essenceOf(mimeType)) return file
    if (shown === undefined || !isPicture || !isImage(shown)) {
      const expected = isPicture ? 'an image (PNG, JPEG, GIF or WebP)' : 'a PDF'
      const detail = file.sizeBytes === 0 ? 'It is empty.' : `It is not ${expected}.`
      throw new ServiceError('attachment_unreadable', { fileName, detail })
    }
    // Browsers go by names, and images are often saved under the name of another kind.
    await this.#rows.setType(file, shown)
    return { ...file, mimeType: shown }
  }

  async #demandUploaded(file: AttachmentFile): Promise<void> {
    const { name: fileName, sizeBytes } = file
    const uploaded = await reach(this.#files.inspect(file))
    if (!uploaded) throw new ServiceError('attachment_not_uploaded', { fileName })
    if (uploaded.sizeBytes !== sizeBytes) {
      const detail = `Its size is not the ${sizeBytes} bytes that were announced.`
      throw new ServiceError('attachment_not_uploaded', { fileName, detail })
    }
  }

  get #files(): AttachmentFiles {
    return this.#kept.files
  }

  get #kept(): AttachmentKeeping {
    if (!this.#keeping) throw new ServiceError('operation_not_offered')
    return this.#keeping
  }
}

/** What keeps the content may be away; that is no fault of ours, and passes. */
async function reach<Result>(answer: Promise<Result>): Promise<Result> {
  try {
    return await answer
  } catch (cause) {
    if (cause instanceof ServiceError) throw cause
    throw new ServiceError('attachments_unavailable', { cause })
  }
}
