import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { AttachmentFiles } from './protocol/attachment-files.ts'
import { readWhole } from './runs/fold.ts'
import type { Owner } from './store/owner.ts'
import type { RunRecovery } from './store/run-recovery.ts'
import type { ExportedRecord, UserData } from './store/user-data.ts'

const OWNER_ONLY = { folder: 0o700, file: 0o600 }
const NAME_CHARACTERS_MAX = 60

export interface ExportParts {
  readonly data: UserData
  readonly recovery: RunRecovery
  /** Where the content of attachments goes; undefined leaves it out. */
  readonly contents: ContentFolder | undefined
}

/**
 * Everything that is stored of a user, a record at a time. After a run that has not ended come the
 * items that it has shown and not finished; what it finishes meanwhile comes among the items, too.
 * With `contents` an attachment names the file in which its content is then, or null when there is
 * none: it was never uploaded.
 */
export async function* exportUser(
  { data, recovery, contents }: ExportParts,
  owner: Owner,
): AsyncGenerator<ExportedRecord> {
  for await (const record of data.export(owner)) {
    const isCopied = contents && record.record === 'attachment'
    yield isCopied ? { ...record, file: await contents.copy(record, owner) } : record
    const run = LiveRun.safeParse(record)
    if (!run.success) continue
    const { pending } = await readWhole(recovery, run.data.id, owner)
    for (const item of pending.all) yield { record: 'unfinished_item', run_id: run.data.id, item }
  }
}

/** A folder of its own for the content of attachments: nothing in it is overwritten. */
export class ContentFolder {
  readonly #folder: string
  readonly #files: AttachmentFiles

  constructor(folder: string, files: AttachmentFiles) {
    this.#folder = folder
    this.#files = files
  }

  /** Copies the content of an exported attachment, and returns the name of the file. */
  async copy(record: ExportedRecord, owner: Owner): Promise<string | null> {
    const { id, name, mime_type, size_bytes, thread_id } = AttachmentRecord.parse(record)
    const threadId = thread_id ?? undefined
    const file = { id, name, mimeType: mime_type, sizeBytes: size_bytes, threadId, owner }
    const content = await this.#files.read(file, size_bytes)
    if (!content) return null
    const fileName = `${id}-${plainName(name)}`
    await mkdir(this.#folder, { recursive: true, mode: OWNER_ONLY.folder })
    await writeFile(join(this.#folder, fileName), content, { flag: 'wx', mode: OWNER_ONLY.file })
    return fileName
  }
}

/** The user has chosen the name, the file system of whoever reads it is unknown. */
function plainName(name: string): string {
  const plain = name.replaceAll(/[^\p{L}\p{N}._-]/gu, '_')
  return Array.from(plain).slice(-NAME_CHARACTERS_MAX).join('')
}

const LiveRun = z.object({
  record: z.literal('run'),
  status: z.literal('running'),
  id: z.string(),
})
const AttachmentRecord = z.object({
  id: z.string(),
  name: z.string(),
  mime_type: z.string(),
  size_bytes: z.int(),
  thread_id: z.string().nullable(),
})
