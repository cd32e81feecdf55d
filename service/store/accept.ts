import type { UserMessageItem } from '../protocol/items.ts'
import type { Thread } from '../protocol/thread.ts'
import {
  ACCEPT_TIMEOUT_MS,
  ACTIVE,
  LOCKED_THREAD,
  LOCKED_THREAD_COLUMNS,
  claimFrom,
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

/** Where a run begins with a message: ownership, claim and what the user said, in one statement. */
export class RunAcceptance {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Begins a conversation. Nothing of it stays behind when the claim is taken. */
  async create(run: NewRun, { thread, message }: NewThread, owner: Owner): Promise<Acceptance> {
    const { rowCount } = await this.#database.run({
      name: 'accept_create',
      query_timeout: ACCEPT_TIMEOUT_MS,
      text: `with claim as (${claimFrom('(values (1)) as one')}
             ), thread as (
               insert into threads
                      (id, org_id, user_id, status, metadata, next_seq, created_at, updated_at)
               select $4, $2, $3, $9, $10, 2, $11::timestamptz, $11::timestamptz from claim
             )
             insert into items
                    (thread_id, id, org_id, user_id, seq, type, hidden, item, length, created_at)
             select $4, $12, $2, $3, 1, 'user_message', false, $13::text::json, length($13::text),
                    $11::timestamptz
               from claim`,
      values: [
        ...runValues(run, owner),
        JSON.stringify(thread.status),
        JSON.stringify(thread.metadata),
        thread.created_at,
        message.id,
        JSON.stringify(message),
      ],
    })
    return rowCount === 1 ? { kind: 'accepted', thread } : { kind: 'conflict' }
  }

  /** Adds a message to a conversation. */
  async message(run: NewRun, message: UserMessageItem, owner: Owner): Promise<Acceptance> {
    const { rows } = await this.#database.run({
      name: 'accept_message',
      query_timeout: ACCEPT_TIMEOUT_MS,
      text: `with thread as (${LOCKED_THREAD}
             ), claim as (${claimFrom(`thread where ${ACTIVE}`)}
             ), bump as (
               update threads set next_seq = next_seq + 1, updated_at = now()
                where id = $4 and org_id = $2 and user_id = $3 and exists (select from claim)
            returning next_seq - 1 as seq
             ), item as (
               insert into items
                      (thread_id, id, org_id, user_id, seq, type, hidden, item, length, created_at)
               select $4, $9, $2, $3, seq, 'user_message', false, $10::text::json,
                      length($10::text), $11::timestamptz
                 from bump
             )
             select ${LOCKED_THREAD_COLUMNS}, exists (select from claim) as accepted from thread`,
      values: [...runValues(run, owner), message.id, JSON.stringify(message), message.created_at],
    })
    return toAcceptance(rows)
  }
}
