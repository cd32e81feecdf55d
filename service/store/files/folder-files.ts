import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { copyFile, link, mkdir, open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type {
  AttachmentAddresses,
  AttachmentFile,
  AttachmentFiles,
} from '../../protocol/attachment-files.ts'
import { timeOf } from '../../protocol/ids.ts'
import { isImage } from '../../protocol/media-types.ts'
import { PREVIEW_SECONDS, PREVIEW_WINDOW_SECONDS, UPLOAD_SECONDS } from './lifetimes.ts'
import { AddressSigner } from './signed-address.ts'
import type { Grant } from './signed-address.ts'

const ID = /^[a-z]+_[0-9a-z]+$/

/** What has become of an upload. */
export type Receipt = 'taken' | 'wrong_size' | 'not_awaited'

export interface FolderFilesOptions {
  readonly folder: string
  /** Addresses are signed with a key that is derived from it. */
  readonly secret: string
  /** Where browsers reach the routes that take and show the content. Asked at each address. */
  readonly baseUrl: () => string
}

/**
 * Content in a folder, for one machine: the counterpart of a bucket, with addresses of this
 * service that are signed as a bucket's are.
 */
export class FolderFiles implements AttachmentFiles {
  readonly #options: FolderFilesOptions
  readonly #signer: AddressSigner

  constructor(options: FolderFilesOptions) {
    this.#options = options
    this.#signer = new AddressSigner(options.secret)
  }

  prepare(): Promise<Readonly<Record<string, unknown>>> {
    return Promise.resolve({})
  }

  addresses(file: AttachmentFile): Promise<AttachmentAddresses> {
    const grant = { id: file.id, type: file.mimeType, size: file.sizeBytes }
    const now = Math.floor(Date.now() / 1_000)
    const isUnsent = file.threadId === undefined
    const uploadDescriptor = isUnsent && {
      url: this.#address({ ...grant, action: 'upload', expires: now + UPLOAD_SECONDS }),
      method: 'PUT' as const,
      headers: { 'content-type': file.mimeType },
    }
    const window = now - (now % PREVIEW_WINDOW_SECONDS)
    const previewUrl = isImage(file.mimeType)
      ? this.#address({ ...grant, action: 'preview', expires: window + PREVIEW_SECONDS })
      : undefined
    return Promise.resolve({ uploadDescriptor: uploadDescriptor || undefined, previewUrl })
  }

  async inspect(file: AttachmentFile): Promise<{ readonly sizeBytes: number } | undefined> {
    try {
      return { sizeBytes: (await stat(this.#path(file))).size }
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  async write(file: AttachmentFile, path: string): Promise<void> {
    await this.#place(file, (part) => copyFile(path, part))
  }

  async put(file: AttachmentFile, content: Uint8Array): Promise<void> {
    await this.#place(file, (part) => writeFile(part, content))
  }

  async url(file: AttachmentFile): Promise<string | undefined> {
    const content = await this.read(file, file.sizeBytes)
    return content && `data:${file.mimeType};base64,${Buffer.from(content).toString('base64')}`
  }

  async read(file: AttachmentFile, bytesMax: number): Promise<Uint8Array | undefined> {
    const length = Math.min(bytesMax, file.sizeBytes)
    await using handle = await open(this.#path(file)).catch(undefinedIfMissing)
    if (!handle) return undefined
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, 0)
    return buffer.subarray(0, bytesRead)
  }

  async delete(file: Pick<AttachmentFile, 'id'>): Promise<void> {
    const { folder } = this.#options
    const names = await readdir(folder).catch(undefinedIfMissing)
    if (!names) return
    // Somebody may hold an address to upload it again: as long as that is good, a mark stays.
    if (Date.now() < timeOf(file.id) + UPLOAD_SECONDS * 1_000) {
      await writeFile(this.#mark(file), '')
    } else {
      await rm(this.#mark(file), { force: true })
    }
    // An upload that was cut has left its beginning.
    const parts = names.filter((name) => name.startsWith(`${file.id}.`))
    for (const name of parts) await rm(join(folder, name), { force: true })
    await rm(this.#path(file), { force: true })
  }

  /** What an address of `addresses` allows; undefined when it is forged or over. */
  verify(action: Grant['action'], id: string, query: unknown): Grant | undefined {
    return ID.test(id) ? this.#signer.verify(action, id, query) : undefined
  }

  /**
   * Takes an upload: all of it or nothing, and never more than was announced. Only the first one
   * counts, and none of what was removed.
   */
  async receive({ id, size }: Grant, content: Readable): Promise<Receipt> {
    try {
      // Before it is read; once more after that, as another upload may have been quicker.
      if (await this.#isTaken({ id })) return 'not_awaited'
      await this.#place({ id }, (part) => pipeline(content, exactly(size), createWriteStream(part)))
      return 'taken'
    } catch (error) {
      if (error instanceof WrongSizeError) return 'wrong_size'
      if (await this.#isTaken({ id })) return 'not_awaited'
      throw error
    }
  }

  /** The content as a stream; undefined when there is none. */
  async open(file: Pick<AttachmentFile, 'id'>): Promise<Readable | undefined> {
    try {
      const handle = await open(this.#path(file))
      return handle.createReadStream()
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  async #isTaken(file: Pick<AttachmentFile, 'id'>): Promise<boolean> {
    const found = [this.#path(file), this.#mark(file)].map((path) =>
      stat(path).catch(undefinedIfMissing),
    )
    return (await Promise.all(found)).some((one) => one !== undefined)
  }

  /** The file appears with all of its content, or not at all, and never in the place of another. */
  async #place(
    file: Pick<AttachmentFile, 'id'>,
    fill: (part: string) => Promise<void>,
  ): Promise<void> {
    const path = this.#path(file)
    await mkdir(this.#options.folder, { recursive: true })
    const part = `${path}.${randomUUID()}`
    try {
      await fill(part)
      await link(part, path)
    } finally {
      await rm(part, { force: true })
    }
  }

  #address(grant: Grant): string {
    const path = `/local/attachments/${grant.id}/${grant.action}`
    return `${this.#options.baseUrl()}${path}?${this.#signer.sign(grant).toString()}`
  }

  #mark(file: Pick<AttachmentFile, 'id'>): string {
    return `${this.#path(file)}-removed`
  }

  #path({ id }: Pick<AttachmentFile, 'id'>): string {
    if (!ID.test(id)) throw new RangeError('not an id of an attachment')
    return join(this.#options.folder, id)
  }
}

/** Lets so many bytes through: fails at the first one more, and at an end before them. */
function exactly(size: number) {
  return async function* (chunks: AsyncIterable<Buffer>) {
    let bytes = 0
    for await (const chunk of chunks) {
      bytes += chunk.length
      if (bytes > size) throw new WrongSizeError()
      yield chunk
    }
    if (bytes < size) throw new WrongSizeError()
  }
}

class WrongSizeError extends Error {
  override readonly name = 'WrongSizeError'
}

/** For `catch`. */
function undefinedIfMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
