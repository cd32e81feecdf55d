import { z } from 'zod'
import type { Owner } from './owner.ts'
import type { Database } from './pool.ts'

const Row = z.object({ id: z.string() })

/** What belongs to somebody else. For the audit alone: no answer may depend on it. */
export class Others {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Those of the ids that name a conversation or an attachment of somebody who is not `owner`. */
  async find(ids: readonly string[], { orgId, userId }: Owner): Promise<readonly string[]> {
    const { rows } = await this.#database.run({
      name: 'find_others',
      text: `select id from threads
              where id = any($3::text[]) and not (org_id = $1 and user_id = $2)
              union all
             select id from attachments
              where id = any($3::text[]) and not (org_id = $1 and user_id = $2)`,
      values: [orgId, userId, ids],
    })
    return rows.map((row) => Row.parse(row).id)
  }
}
