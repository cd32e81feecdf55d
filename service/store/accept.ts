import { z } from 'zod'
import { ServiceError } from '../errors.ts'
import type { UserMessageItem } from '../protocol/items.ts'
import type { Thread } from '../protocol/thread.ts'
import {
  ACTIVE,
  LOCKED_THREAD,
  LOCKED_THREAD_COLUMNS,
  beginRun,
  claimFrom,
  claimParts,
  runValues,
  toAcceptance,
} from './acceptance.ts'
import type { Acceptance, NewRun } from './acceptance.ts'
import type { Owner } from './owner.ts'
import type { Database } from './pool.ts'

/** A conversation that does not exist yet, with what its user said first. */
export interface NewThread {
  readonly thread: Thread
  readonly message: UserMessageItem
}

/**
 * Where a run begins with a message: ownership, claim, what the user said and which attachments
 * belong to it, in one statement. Of two messages with one attachment only one begins.
 */
export class RunAcceptance {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Begins a conversation. Nothing of it stays behind when the claim is taken. */
  async create(run: NewRun, { thread, message }: NewThread, owner: Owner): Promise<Acceptance> {
    const { rowCount } = await beginRun(this.#database, {
      name: 'accept_create',
      text: `with wanted as (${wantedAttachments('$15')}
             ), claim as (${claimFrom(`(values (1)) as one where ${allWanted('$15')}`)}
             ), bound as (${BOUND_ATTACHMENTS}
             ), thread as (
               insert into threads
                      (id, org_id, user_id, status, metadata, next_seq, created_at, updated_at)
               select $4, $2, $3, $10, $11, 2, $12::timestamptz, $12::timestamptz from claim
             )
             insert into items
                    (thread_id, id, org_id, user_id, seq, type, hidden, item, length, created_at)
             select $4, $13, $2, $3, 1, 'user_message', false, $14::text::json, length($14::text),
                    $12::timestamptz
               from claim`,
      values: [
        ...runValues(run, owner),
        JSON.stringify(thread.status),
        JSON.stringify(thread.metadata),
        thread.created_at,
        message.id,
        JSON.stringify(message),
        attachmentIds(message),
      ],
    })
    if (rowCount === 1) return { kind: 'accepted', thread }
    await this.#demandAttachments(run, message, owner)
    return { kind: 'conflict' }
  }

  /** Adds a message to a conversation. */
  async message(run: NewRun, message: UserMessageItem, owner: Owner): Promise<Acceptance> {
    const { rows } = await beginRun(this.#database, {
      name: 'accept_message',
      text: `with thread as (${LOCKED_THREAD}
             ), wanted as (${wantedAttachments('$13')}
             ), claim as (${claimFrom(`thread where ${ACTIVE} and ${allWanted('$13')}`)}
             ), bound as (${BOUND_ATTACHMENTS}
             ), bump as (
               update threads set next_seq = next_seq + 1, updated_at = now()
                where id = $4 and org_id = $2 and user_id = $3 and exists (select from claim)
            returning next_seq - 1 as seq
             ), item as (
               insert into items
                      (thread_id, id, org_id, user_id, seq, type, hidden, item, length, created_at)
               select $4, $10, $2, $3, seq, 'user_message', false, $11::text::json,
                      length($11::text), $12::timestamptz
                 from bump
             )
             select ${LOCKED_THREAD_COLUMNS}, exists (select from claim) as accepted from thread`,
      values: [
        ...runValues(run, owner),
        message.id,
        JSON.stringify(message),
        message.created_at,
        attachmentIds(message),
      ],
    })
    const acceptance = toAcceptance(rows)
    if (acceptance.kind === 'conflict') await this.#demandAttachments(run, message, owner)
    return acceptance
  }

  /** Whether the attachments stood in the way, and not that the request was there before. */
  async #demandAttachments(run: NewRun, message: UserMessageItem, owner: Owner): Promise<void> {
    const ids = attachmentIds(message)
    if (ids.length === 0) return
    const { rows } = await this.#database.run({
      name: 'find_wanted_attachments',
      text: `select (select count(*) from attachments
                      where id = any($4) and org_id = $1 and user_id = $2) as present,
                    (select count(*) from attachments
                      where id = any($4) and org_id = $1 and user_id = $2
                        and (thread_id is null or thread_id = $5)) as free,
                    exists (select from runs
                             where org_id = $1 and user_id = $2 and claim = $3) as repeated`,
      values: [owner.orgId, owner.userId, claimParts(run.claim)[0], ids, run.threadId],
    })
    const { present, free, repeated } = WantedRow.parse(rows[0])
    // A repeat finds them bound: by the request that it repeats.
    if (repeated) return
    if (present < ids.length) throw new ServiceError('attachment_not_found')
    if (free < ids.length) throw new ServiceError('attachment_sent')
  }
}

function attachmentIds({ attachments }: UserMessageItem): readonly string[] {
  return attachments.map(({ id }) => id)
}

// In the order of their ids, so that two messages cannot wait for each other.
const wantedAttachments = (ids: string) => `
  select id from attachments
   where id = any(${ids}::text[]) and org_id = $2 and user_id = $3
     and (thread_id is null or thread_id = $4)
   order by id
     for update`
const allWanted = (ids: string) => `(select count(*) from wanted) = cardinality(${ids}::text[])`
const BOUND_ATTACHMENTS = `
  update attachments set thread_id = $4
   where id in (select id from wanted) and org_id = $2 and user_id = $3 and thread_id is null
     and exists (select from claim)`

const WantedRow = z.object({ present: z.int(), free: z.int(), repeated: z.boolean() })
