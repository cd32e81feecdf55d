import { z } from 'zod'
import type { AttachmentFile } from '../protocol/attachment-files.ts'
import type { Database } from './pool.ts'

const BATCH_MAX = 20
/** How long nobody else tries what one process has taken on. */
const TAKEN_SECONDS = 60
const RETRY_SECONDS_MAX = 3_600

/** Content to delete: its attachment is gone. */
export type DiscardedFile = Pick<AttachmentFile, 'id' | 'owner'>

const Row = z
  .object({ id: z.string(), org_id: z.string(), user_id: z.string() })
  .transform(({ id, org_id, user_id }) => ({ id, owner: { orgId: org_id, userId: user_id } }))

/**
 * What is left to delete where content is kept. Postgres adds a row whenever an attachment goes, in
 * the same transaction; the row stays until the content is gone and nobody can upload it again.
 */
export class DiscardedFiles {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Takes on some that are due: other processes leave them alone for a while. */
  async take(): Promise<readonly DiscardedFile[]> {
    const { rows } = await this.#database.run({
      name: 'take_discarded_files',
      text: `update discarded_files
                set due_at = now() + make_interval(secs => ${TAKEN_SECONDS}), attempts = attempts + 1
              where id in (select id from discarded_files
                            where due_at <= now() order by due_at limit $1
                              for update skip locked)
          returning id, org_id, user_id`,
      values: [BATCH_MAX],
    })
    return rows.map((row) => Row.parse(row))
  }

  /** The content is gone: for good, or until somebody uploads it once more. */
  async settle({ id, owner }: DiscardedFile): Promise<void> {
    await this.#database.run({
      name: 'settle_discarded_file',
      text: `with gone as (
               delete from discarded_files
                where id = $1 and org_id = $2 and user_id = $3 and upload_until <= now()
             )
             update discarded_files set due_at = upload_until, attempts = 0
              where id = $1 and org_id = $2 and user_id = $3 and upload_until > now()`,
      values: [id, owner.orgId, owner.userId],
    })
  }

  /** The content could not be deleted: tried again, and later each time. */
  async postpone({ id, owner }: DiscardedFile): Promise<void> {
    await this.#database.run({
      name: 'postpone_discarded_file',
      text: `update discarded_files
                set due_at = now() + make_interval(secs => least(power(2, attempts), $4))
              where id = $1 and org_id = $2 and user_id = $3`,
      values: [id, owner.orgId, owner.userId, RETRY_SECONDS_MAX],
    })
  }
}
