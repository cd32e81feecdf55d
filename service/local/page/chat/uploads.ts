import type { Attachment, UploadDescriptor } from '../wire/items.ts'
import { failureOf } from './failure.ts'
import { Store } from './store.ts'

// As many as the server takes with one message.
export const UPLOADS_MAX = 10

export interface UploadWatch {
  /** Told how much has gone out, from 0 to 1. */
  readonly onProgress: (share: number) => void
  readonly signal: AbortSignal
}

/** Sends a file as it is to an address that is a permission by itself. */
export type PutFile = (
  file: File,
  descriptor: UploadDescriptor,
  watch: UploadWatch,
) => Promise<void>

/** What uploads need of the server. */
export interface UploadServer {
  announceFile(file: File): Promise<Attachment>
  upload(file: File, descriptor: UploadDescriptor, watch: UploadWatch): Promise<void>
  deleteAttachment(attachmentId: string): Promise<void>
}

/** A file on its way to the server, or there already. */
export interface Upload {
  readonly key: string
  readonly file: File
  readonly phase: 'uploading' | 'ready' | 'failed'
  /** How much of it has gone out, from 0 to 1. */
  readonly share: number
  readonly problem: string | undefined
  /** Undefined until the server has heard of it. */
  readonly attachmentId: string | undefined
}

/**
 * The files of a message that is being written. No method throws: a failure is shown on its file.
 */
export class Uploads {
  readonly state = new Store<readonly Upload[]>([])
  readonly #server: UploadServer
  readonly #aborts = new Map<string, AbortController>()

  constructor(server: UploadServer) {
    this.#server = server
  }

  /**
   * Begins to upload files at once. Those that are too many are shown as such, and not uploaded.
   */
  add(files: Iterable<File>): void {
    for (const file of files) {
      const isTooMany = this.state.value.length >= UPLOADS_MAX
      const upload: Upload = {
        key: crypto.randomUUID(),
        file,
        phase: isTooMany ? 'failed' : 'uploading',
        share: 0,
        problem: isTooMany ? `A message can have ${UPLOADS_MAX} files.` : undefined,
        attachmentId: undefined,
      }
      this.state.change([...this.state.value, upload])
      if (!isTooMany) void this.#upload(upload)
    }
  }

  /** Takes a file away, also from the server if it was there. */
  async remove(key: string): Promise<void> {
    const upload = this.state.value.find((each) => each.key === key)
    this.#aborts.get(key)?.abort()
    this.state.change(this.state.value.filter((each) => each !== upload))
    if (upload?.attachmentId === undefined) return
    // The server deletes what is never sent, so this is a courtesy, and a failure changes nothing.
    await this.#server.deleteAttachment(upload.attachmentId).catch(() => undefined)
  }

  readyIds(): string[] {
    return this.state.value.flatMap(({ phase, attachmentId }) =>
      phase === 'ready' && attachmentId !== undefined ? [attachmentId] : [],
    )
  }

  /** Forgets the files that have become part of a message. */
  sent(attachmentIds: readonly string[]): void {
    const left = this.state.value.filter(
      ({ attachmentId }) => attachmentId === undefined || !attachmentIds.includes(attachmentId),
    )
    if (left.length < this.state.value.length) this.state.change(left)
  }

  async #upload({ key, file }: Upload): Promise<void> {
    const abort = new AbortController()
    this.#aborts.set(key, abort)
    try {
      const { id, upload_descriptor: descriptor } = await this.#server.announceFile(file)
      if (abort.signal.aborted) return await this.#server.deleteAttachment(id)
      this.#change(key, { attachmentId: id })
      if (descriptor) {
        const onProgress = (share: number): void => this.#change(key, { share })
        await this.#server.upload(file, descriptor, { onProgress, signal: abort.signal })
      }
      this.#change(key, { phase: 'ready', share: 1 })
    } catch (error) {
      this.#change(key, { phase: 'failed', problem: failureOf(error).message })
    } finally {
      this.#aborts.delete(key)
    }
  }

  #change(key: string, part: Partial<Upload>): void {
    if (!this.state.value.some((each) => each.key === key)) return
    this.state.change(
      this.state.value.map((each) => (each.key === key ? { ...each, ...part } : each)),
    )
  }
}
