import { z } from 'zod'
import { ServiceError } from '../errors.ts'
import { storableJson, storableText } from '../protocol/text.ts'
import { Thread, ThreadStatus } from '../protocol/thread.ts'
import type { Owner } from './owner.ts'
import type { Database } from './pool.ts'
import { ESTIMATED_INPUT, EVENTS_IN, RECORDED_RUNS } from './usage.ts'

export const THREAD_COLUMNS = 'id, title, status, allowed_image_domains, metadata, created_at'

export const ThreadRow = z
  .object({
    id: z.string(),
    title: z.string().nullable(),
    status: ThreadStatus,
    allowed_image_domains: z.array(z.string()).nullable(),
    metadata: z.record(z.string(), z.unknown()),
    created_at: z.date(),
  })
  .transform((row) => Thread.parse({ ...row, created_at: row.created_at.toISOString() }))

/** Rows to return: where to go on from, which way, and how many. */
export interface PageRequest {
  readonly after?: string | undefined
  readonly order: 'asc' | 'desc'
  readonly limit: number
}

/**
 * What may change about a conversation. A field that is left out stays as it is; null unsets it.
 */
export interface ThreadChanges {
  readonly title?: string | null | undefined
  readonly status?: ThreadStatus | undefined
  readonly allowedImageDomains?: readonly string[] | null | undefined
  /** Key by key: what two answers change in different keys does not undo each other. */
  readonly metadata?: MetadataChanges | undefined
}

export interface MetadataChanges {
  readonly set: Readonly<Record<string, unknown>>
  readonly removed: readonly string[]
}

/** Conversations. Someone else's is as absent as one that was never there. */
export class ThreadStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async load(threadId: string, owner: Owner): Promise<Thread> {
    const { rows } = await this.#database.run({
      name: 'load_thread',
      text: `select ${THREAD_COLUMNS} from threads where id = $1 and org_id = $2 and user_id = $3`,
      values: [threadId, owner.orgId, owner.userId],
    })
    return onlyRow(rows)
  }

  /** Changes only what is given, so a rename and a running answer do not undo each other. */
  async update(threadId: string, changes: ThreadChanges, owner: Owner): Promise<Thread> {
    const { rows } = await this.#database.run({
      name: 'update_thread',
      text: `update threads
                set ${CHANGED_THREAD(4)}
              where id = $1 and org_id = $2 and user_id = $3
          returning ${THREAD_COLUMNS}`,
      values: [threadId, owner.orgId, owner.userId, ...changeValues(changes)],
    })
    return onlyRow(rows)
  }

  /**
   * Removes the conversation with everything in it. One that is gone already is no failure. Its
   * runs are locked before it is, as everywhere, so that no answer in progress can block the
   * removal. An answer in progress has its cost recorded here, as far as it is stored: nothing is
   * left to end.
   */
  async delete(threadId: string, owner: Owner): Promise<void> {
    await this.#database.run({
      name: 'delete_thread',
      text: `with live as (
               select id, thread_id, org_id, user_id, status from runs
                where thread_id = $1 and org_id = $2 and user_id = $3
                  for update
             ), costs as (
               select org_id, user_id, ${ESTIMATED_INPUT('live')} as input_tokens,
                      (select coalesce(sum(${EVENTS_IN('frames')}), 0) from run_chunks
                        where run_id = live.id) as output_tokens
                 from live where status = 'running'
             ), recorded as (${RECORDED_RUNS('costs')}
             )
             delete from threads
              where id = $1 and org_id = $2 and user_id = $3
                and (select count(*) from live) >= 0`,
      values: [threadId, owner.orgId, owner.userId],
    })
  }

  /** @throws ServiceError `unknown_cursor` if a page cannot go on from this conversation. */
  async demandCursor(threadId: string, owner: Owner): Promise<void> {
    const { rows } = await this.#database.run({
      name: 'find_thread_cursor',
      text: 'select 1 from threads where id = $1 and org_id = $2 and user_id = $3',
      values: [threadId, owner.orgId, owner.userId],
    })
    if (rows.length === 0) throw new ServiceError('unknown_cursor')
  }
}

/** Assignments that leave alone what is not given; the six values begin at this parameter. */
export const CHANGED_THREAD = (first: number) => `
  title = case when 'title' = any($${first + 4}::text[]) then null else coalesce($${first}, title) end,
  status = coalesce($${first + 1}, status),
  allowed_image_domains = case when 'domains' = any($${first + 4}::text[]) then null
                               else coalesce($${first + 2}, allowed_image_domains) end,
  metadata = case when $${first + 3}::jsonb is null then metadata
                  else ((metadata::jsonb - $${first + 5}::text[]) || $${first + 3}::jsonb)::json end,
  updated_at = now()`

export function changeValues(changes: ThreadChanges): unknown[] {
  return [
    changes.title == null ? null : storableText(changes.title),
    toJson(changes.status),
    changes.allowedImageDomains === null ? null : toJson(changes.allowedImageDomains),
    toJson(storableJson(changes.metadata?.set)),
    [
      ...(changes.title === null ? ['title'] : []),
      ...(changes.allowedImageDomains === null ? ['domains'] : []),
    ],
    changes.metadata?.removed ?? [],
  ]
}

function onlyRow(rows: unknown[]): Thread {
  const row = rows[0]
  if (row === undefined) throw new ServiceError('thread_not_found')
  return ThreadRow.parse(row)
}

function toJson(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value)
}
