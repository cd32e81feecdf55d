import { z } from 'zod'
import type { Owner } from './owner.ts'
import type { Database } from './pool.ts'
import type { ThreadStore } from './threads.ts'

const THREADS_MAX = 100
// An item may have a hundred thousand characters and more.
const ITEMS_MAX = 50
const ROUNDS_MAX = 5

/** How much there is of everything that belongs to one user. */
export type UserCounts = z.infer<typeof CountsRow>

/** One line of an export: what it is, and all that is stored of it. */
export type ExportedRecord = { readonly record: string } & Readonly<Record<string, unknown>>

/** Everything that is stored of one user, for those who operate the service. */
export class UserData {
  readonly #database: Database
  readonly #threads: ThreadStore

  constructor(database: Database, threads: ThreadStore) {
    this.#database = database
    this.#threads = threads
  }

  async count({ orgId, userId }: Owner): Promise<UserCounts> {
    const { rows } = await this.#database.run({
      name: 'count_user_data',
      text: `select (select count(*) from threads where org_id = $1 and user_id = $2) as threads,
                    (select count(*) from items where org_id = $1 and user_id = $2) as items,
                    (select count(*) from attachments where org_id = $1 and user_id = $2) as attachments,
                    (select count(*) from feedback where org_id = $1 and user_id = $2) as feedback,
                    (select count(*) from runs where org_id = $1 and user_id = $2) as runs,
                    (select count(*) from usage_days where org_id = $1 and user_id = $2) as days,
                    (select count(*) from request_windows where org_id = $1 and user_id = $2) as minutes`,
      values: [orgId, userId],
    })
    return CountsRow.parse(rows[0])
  }

  /** The organisations in which somebody of this id has left something. */
  async orgsOf(userId: string): Promise<readonly string[]> {
    const { rows } = await this.#database.run({
      name: 'find_orgs_of_user',
      text: `select org_id from usage_days where user_id = $1
              union
             select org_id from threads where user_id = $1
              union
             select org_id from attachments where user_id = $1
              order by org_id`,
      values: [userId],
    })
    return rows.map((row) => z.object({ org_id: z.string() }).parse(row).org_id)
  }

  /**
   * Everything that Postgres has, a piece at a time: also what is hidden from the user's own
   * client. Not what frames say: those of a run that has ended say the same as its items.
   */
  async *export(owner: Owner): AsyncGenerator<ExportedRecord> {
    let after: ThreadPlace | undefined
    do {
      const threads = await this.#threadsAfter(after, owner)
      for (const thread of threads) {
        yield { record: 'thread', ...thread }
        yield* this.#contentOf(thread.id, owner)
      }
      after = threads.length === THREADS_MAX ? threads.at(-1) : undefined
    } while (after)
    for (const [record, part] of Object.entries(PARTS_OF_USER)) {
      yield* this.#records(record, part, ownerValues(owner))
    }
  }

  /**
   * Deletes everything, answers in progress with it. The content of attachments is deleted by the
   * service, which finds it on its list. What the user goes on to store meanwhile is deleted, too;
   * somebody who never stops has to be signed out first.
   */
  async erase(owner: Owner): Promise<void> {
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      await this.#eraseThreads(owner)
      await this.#eraseRest(owner)
      const left = await this.count(owner)
      if (Object.values(left).every((count) => count === 0)) return
    }
    throw new Error('more is stored while this is deleted: sign the user out and repeat')
  }

  async #eraseThreads(owner: Owner): Promise<void> {
    let threads: readonly ThreadPlace[]
    do {
      threads = await this.#threadsAfter(undefined, owner)
      // One by one, in the order of locks that answers in progress are used to.
      for (const { id } of threads) await this.#threads.delete(id, owner)
    } while (threads.length > 0)
  }

  async #eraseRest({ orgId, userId }: Owner): Promise<void> {
    for (const [name, text] of Object.entries(ERASURES)) {
      await this.#database.run({ name, text, values: [orgId, userId] })
    }
  }

  async #threadsAfter(after: ThreadPlace | undefined, owner: Owner): Promise<ThreadPlace[]> {
    const { rows } = await this.#database.run({
      name: 'export_threads',
      text: `select id, title, status, allowed_image_domains, metadata, created_at, updated_at
               from threads
              where org_id = $1 and user_id = $2
                and ($4::text is null or (created_at, id) > ($3::timestamptz, $4))
              order by created_at, id limit ${THREADS_MAX}`,
      values: [owner.orgId, owner.userId, after?.created_at ?? null, after?.id ?? null],
    })
    return rows.map((row) => ThreadPlace.parse(row))
  }

  async *#contentOf(threadId: string, owner: Owner): AsyncGenerator<ExportedRecord> {
    const values = [...ownerValues(owner), threadId]
    // First the runs and what they have begun: what is done meanwhile is among the items then.
    yield* this.#records('run', RUNS_OF_THREAD, values)
    let after = 0
    while (true) {
      const { rows } = await this.#database.run({
        name: 'export_items',
        text: `select seq, hidden, item from items
                where thread_id = $3 and org_id = $1 and user_id = $2 and seq > $4
                order by seq limit ${ITEMS_MAX}`,
        values: [owner.orgId, owner.userId, threadId, after],
      })
      for (const row of rows) {
        const { seq, ...item } = ItemRow.parse(row)
        after = seq
        yield { record: 'item', ...item }
      }
      if (rows.length < ITEMS_MAX) break
    }
    for (const [record, part] of Object.entries(PARTS_OF_THREAD)) {
      yield* this.#records(record, part, values)
    }
  }

  async *#records(
    record: string,
    { name, text }: NamedText,
    values: unknown[],
  ): AsyncGenerator<ExportedRecord> {
    const { rows } = await this.#database.run({ name, text, values })
    for (const row of rows) yield { record, ...AnyRow.parse(row) }
  }
}

interface NamedText {
  readonly name: string
  readonly text: string
}

function ownerValues({ orgId, userId }: Owner): string[] {
  return [orgId, userId]
}

const ATTACHMENT_COLUMNS = 'id, thread_id, name, mime_type, size_bytes, metadata, created_at'

const PARTS_OF_THREAD = {
  attachment: {
    name: 'export_attachments',
    text: `select ${ATTACHMENT_COLUMNS} from attachments
            where org_id = $1 and user_id = $2 and thread_id = $3 order by created_at, id`,
  },
  feedback: {
    name: 'export_feedback',
    text: `select thread_id, item_id, kind, created_at from feedback
            where org_id = $1 and user_id = $2 and thread_id = $3 order by created_at, item_id`,
  },
}

const RUNS_OF_THREAD = {
  name: 'export_runs',
  text: `select id, thread_id, message_id, operation, status, input_tokens, output_tokens,
                created_at, ended_at
           from runs
          where org_id = $1 and user_id = $2 and thread_id = $3 order by created_at, id`,
}

const PARTS_OF_USER = {
  attachment: {
    name: 'export_unsent_attachments',
    text: `select ${ATTACHMENT_COLUMNS} from attachments
            where org_id = $1 and user_id = $2 and thread_id is null order by created_at, id`,
  },
  usage: {
    name: 'export_usage',
    text: `select to_char(day, 'YYYY-MM-DD') as day, requests, runs, input_tokens, output_tokens
             from usage_days where org_id = $1 and user_id = $2 order by day`,
  },
  minute: {
    name: 'export_minute',
    text: `select began_at, requests from request_windows where org_id = $1 and user_id = $2`,
  },
  discarded_file: {
    name: 'export_discarded_files',
    text: `select id, upload_until from discarded_files
            where org_id = $1 and user_id = $2 order by id`,
  },
}

const ERASURES = {
  erase_attachments: 'delete from attachments where org_id = $1 and user_id = $2',
  erase_usage: 'delete from usage_days where org_id = $1 and user_id = $2',
  erase_minutes: 'delete from request_windows where org_id = $1 and user_id = $2',
}

const CountsRow = z.object({
  threads: z.int(),
  items: z.int(),
  attachments: z.int(),
  feedback: z.int(),
  runs: z.int(),
  days: z.int(),
  minutes: z.int(),
})
const ThreadPlace = z.looseObject({ id: z.string(), created_at: z.date() })
type ThreadPlace = z.infer<typeof ThreadPlace>
const ItemRow = z.object({
  seq: z.int(),
  hidden: z.boolean(),
  item: z.record(z.string(), z.unknown()),
})
const AnyRow = z.record(z.string(), z.unknown())
