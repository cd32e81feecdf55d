import { z } from 'zod'
import { ServiceError } from '../errors.ts'
import type { AttachmentFile } from '../protocol/attachment-files.ts'
import { newId } from '../protocol/ids.ts'
import type { Owner } from './owner.ts'
import type { Database } from './pool.ts'

/** Attachments that a user may have without sending them. */
const UNSENT_MAX = 100
const UNSENT_SWEEP_MAX = 200

/** What a client announces before it uploads. */
export interface NewAttachment {
  readonly name: string
  readonly mimeType: string
  readonly sizeBytes: number
}

const Row = z.object({
  id: z.string(),
  name: z.string(),
  mime_type: z.string(),
  size_bytes: z.int(),
  thread_id: z.string().nullable(),
})

const COLUMNS = 'id, name, mime_type, size_bytes, thread_id'

/** What is known of attachments; their content is kept elsewhere. */
export class AttachmentRows {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** A file that is not stored yet, with an id of its own. */
  draft({ name, mimeType, sizeBytes }: NewAttachment, { orgId, userId }: Owner): AttachmentFile {
    const owner = { orgId, userId }
    return { id: newId('attachment'), name, mimeType, sizeBytes, threadId: undefined, owner }
  }

  /** @throws ServiceError `too_many_attachments` when too many of the owner's wait to be sent. */
  async insert(file: AttachmentFile, metadata: object): Promise<void> {
    const { rowCount } = await this.#database.run({
      name: 'insert_attachment',
      text: `insert into attachments
                    (id, org_id, user_id, name, mime_type, size_bytes, metadata, created_at)
             select $1, $2, $3, $4, $5, $6, $7, now()
              where (select count(*) from attachments
                      where org_id = $2 and user_id = $3 and thread_id is null) < $8`,
      values: [
        file.id,
        file.owner.orgId,
        file.owner.userId,
        file.name,
        file.mimeType,
        file.sizeBytes,
        JSON.stringify(metadata),
        UNSENT_MAX,
      ],
    })
    if (rowCount !== 1) throw new ServiceError('too_many_attachments')
  }

  /**
   * Stores one that is part of its conversation from the beginning, however many wait to be sent.
   *
   * @throws ServiceError `thread_not_found` when the owner has no such conversation (any more).
   */
  async insertBound(file: AttachmentFile, metadata: object): Promise<void> {
    const { rowCount } = await this.#database.run({
      name: 'insert_bound_attachment',
      text: `insert into attachments
                    (id, org_id, user_id, name, mime_type, size_bytes, metadata, created_at, thread_id)
             select $1, $2, $3, $4, $5, $6, $7, now(), id
               from threads where id = $8 and org_id = $2 and user_id = $3`,
      values: [
        file.id,
        file.owner.orgId,
        file.owner.userId,
        file.name,
        file.mimeType,
        file.sizeBytes,
        JSON.stringify(metadata),
        file.threadId,
      ],
    })
    if (rowCount !== 1) throw new ServiceError('thread_not_found')
  }

  /** Removes one that is part of a conversation; its content is discarded from then on. */
  async removeBound(id: string, threadId: string, owner: Owner): Promise<void> {
    await this.#database.run({
      name: 'remove_bound_attachment',
      text: `delete from attachments
              where id = $1 and org_id = $2 and user_id = $3 and thread_id = $4`,
      values: [id, owner.orgId, owner.userId, threadId],
    })
  }

  /** Those of the ids that are the owner's, by id. */
  async find(
    ids: readonly string[],
    { orgId, userId }: Owner,
  ): Promise<ReadonlyMap<string, AttachmentFile>> {
    if (ids.length === 0) return new Map()
    const { rows } = await this.#database.run({
      name: 'find_attachments',
      text: `select ${COLUMNS} from attachments
              where id = any($1) and org_id = $2 and user_id = $3`,
      values: [ids, orgId, userId],
    })
    const owner = { orgId, userId }
    return new Map(rows.map((row) => [Row.parse(row).id, toFile(row, owner)]))
  }

  /** Notes that one which has not been sent is of another type than its owner has said. */
  async setType({ id, owner }: AttachmentFile, mimeType: string): Promise<void> {
    await this.#database.run({
      name: 'set_attachment_type',
      text: `update attachments set mime_type = $4
              where id = $1 and org_id = $2 and user_id = $3 and thread_id is null`,
      values: [id, owner.orgId, owner.userId, mimeType],
    })
  }

  /**
   * Removes one that has not been sent; its content is discarded from then on. False when there is
   * none, or it is somebody else's.
   *
   * @throws ServiceError `attachment_sent` when it is part of a conversation.
   */
  async removeUnsent(id: string, owner: Owner): Promise<boolean> {
    const { rowCount } = await this.#database.run({
      name: 'remove_attachment',
      text: `delete from attachments
              where id = $1 and org_id = $2 and user_id = $3 and thread_id is null`,
      values: [id, owner.orgId, owner.userId],
    })
    if (rowCount === 1) return true
    const left = await this.find([id], owner)
    if (left.size > 0) throw new ServiceError('attachment_sent')
    return false
  }

  /** Removes some of those that nobody has sent for a day. */
  async removeForgotten(): Promise<void> {
    await this.#database.run({
      name: 'remove_forgotten_attachments',
      text: `delete from attachments
              where id in (select id from attachments
                            where thread_id is null and created_at < now() - interval '1 day'
                            order by created_at limit $1
                              for update skip locked)`,
      values: [UNSENT_SWEEP_MAX],
    })
  }
}

function toFile(row: unknown, owner: AttachmentFile['owner']): AttachmentFile {
  const { id, name, mime_type, size_bytes, thread_id } = Row.parse(row)
  return {
    id,
    name,
    mimeType: mime_type,
    sizeBytes: size_bytes,
    threadId: thread_id ?? undefined,
    owner,
  }
}
