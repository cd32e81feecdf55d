import { z } from 'zod'
import { ServiceError } from '../errors.ts'
import type { ThreadItem, UserMessageItem } from '../protocol/items.ts'
import type { Thread } from '../protocol/thread.ts'
import type { Owner } from './owner.ts'
import type { Database } from './pool.ts'
import { ThreadRow } from './threads.ts'

/** A process is taken for dead when it has not renewed the lease of a run for this long. */
export const LEASE_SECONDS = 8

/** Somebody waits: better a refusal now, which can be repeated, than an answer after a while. */
const ACCEPT_TIMEOUT_MS = 2_500

/** A run that wants to begin. `claim` is the identity of the request that asks for it. */
export interface NewRun {
  readonly id: string
  readonly threadId: string
  readonly claim: string
  readonly operation: string
  /** The process that will own it. */
  readonly owner: string
  /** The message it answers, if any: a repeat of the request after a crash answers it again. */
  readonly messageId?: string
}

/** A conversation that does not exist yet, with what its user said first. */
export interface NewThread {
  readonly thread: Thread
  readonly message: UserMessageItem
}

/** Accepted with the conversation as it now is; or not, since another run stands in the way. */
export type Acceptance = { readonly kind: 'accepted'; readonly thread: Thread } | Conflict
export interface Conflict {
  readonly kind: 'conflict'
}

const RUN_COLUMNS =
  'id, org_id, user_id, thread_id, claim, operation, owner, message_id, status, lease_until'
// The conflict may be with the claim of the same request or with a live run in the conversation.
const claimFrom = (source: string, messageId = '$8') => `
  insert into runs (${RUN_COLUMNS})
  select $1, $2, $3, $4, $5, $6, $7, ${messageId}, 'running', now() + make_interval(secs => ${LEASE_SECONDS})
    from ${source}
      on conflict do nothing
  returning id`
const THREAD_COLUMNS =
  'thread.id, thread.title, thread.status, thread.allowed_image_domains, thread.metadata, thread.created_at'

/** The one place where a run begins: ownership, claim and what the user said, in one statement. */
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
             select ${THREAD_COLUMNS}, exists (select from claim) as accepted from thread`,
      values: [...runValues(run, owner), message.id, JSON.stringify(message), message.created_at],
    })
    return toAcceptance(rows)
  }

  /**
   * Goes back to an item: removes what came after it, in the same step in which the run begins.
   * The message to answer again is the last one of the user up to there.
   */
  async retry(run: NewRun, itemId: string, owner: Owner): Promise<RetryAcceptance> {
    const { rows } = await this.#database.run({
      name: 'accept_retry',
      query_timeout: ACCEPT_TIMEOUT_MS,
      text: `with thread as (${LOCKED_THREAD}
             ), anchor as (
               select seq from items
                where thread_id = $4 and org_id = $2 and user_id = $3 and id = $9 and not hidden
             ), question as (
               select item from items
                where thread_id = $4 and org_id = $2 and user_id = $3 and type = 'user_message'
                  and seq <= (select seq from anchor)
                order by seq desc limit 1
             ), claim as (${claimFrom(`thread, question where ${ACTIVE}`)}
             ), gone as (${LATER_GONE}
             )
             select ${THREAD_COLUMNS}, exists (select from claim) as accepted,
                    (select item from question) as message
               from thread`,
      values: [...runValues(run, owner), itemId],
    })
    const acceptance = toAcceptance(rows)
    const { message } = MessageRow.parse(rows[0])
    if (!message) throw new ServiceError('item_not_found')
    return acceptance.kind === 'accepted' ? { ...acceptance, message } : acceptance
  }

  /**
   * Begins the run of a request once more whose first one was interrupted. What that request
   * brought, a message or the outcome of a call, is stored already and named by `itemId`. When the
   * user has gone on since, nothing begins and nothing is removed.
   */
  async again(run: NewRun, itemId: string, owner: Owner): Promise<RepeatAcceptance> {
    const { rows } = await this.#database.run({
      name: 'accept_again',
      query_timeout: ACCEPT_TIMEOUT_MS,
      text: `with thread as (${LOCKED_THREAD}
             ), anchor as (
               select seq, item from items
                where thread_id = $4 and org_id = $2 and user_id = $3 and id = $8
             ), later as (
               select id from items
                where thread_id = $4 and org_id = $2 and user_id = $3 and type = 'user_message'
                  and seq > (select seq from anchor) limit 1
             ), claim as (${claimFrom(`thread, anchor where ${ACTIVE} and not exists (select from later)`)}
             ), gone as (${LATER_GONE}
             )
             select ${THREAD_COLUMNS}, exists (select from claim) as accepted,
                    (select item from anchor) as item,
                    exists (select from later) or not exists (select from anchor) as superseded
               from thread`,
      values: runValues({ ...run, messageId: itemId }, owner),
    })
    const acceptance = toAcceptance(rows)
    const { item, superseded } = RepeatRow.parse(rows[0])
    if (superseded || !item) return { kind: 'superseded' }
    return acceptance.kind === 'accepted' ? { ...acceptance, item } : acceptance
  }

  /**
   * Completes the client tool call that the conversation waits for: it is the newest that a client
   * can see. A null result leaves no output behind.
   */
  async toolOutput(run: NewRun, result: unknown, owner: Owner): Promise<Acceptance> {
    const status = 'completed'
    const completion = result === null ? { status } : { status, output: result }
    const { rows } = await this.#database.run({
      name: 'accept_tool_output',
      query_timeout: ACCEPT_TIMEOUT_MS,
      text: `with thread as (${LOCKED_THREAD}
             ), call as (
               select id
                 from (select id, type, item
                         from items
                        where thread_id = $4 and org_id = $2 and user_id = $3 and not hidden
                        order by seq desc limit 1) as newest
                where type = 'client_tool_call' and item ->> 'status' = 'pending'
             ), claim as (${claimFrom(`thread, call where ${ACTIVE}`, 'coalesce($8, call.id)')}
             ), completed as (
               update items
                  set item = (item::jsonb || $9::jsonb)::json,
                      length = length((item::jsonb || $9::jsonb)::text)
                where thread_id = $4 and org_id = $2 and user_id = $3
                  and id = (select id from call) and exists (select from claim)
             )
             select ${THREAD_COLUMNS}, exists (select from claim) as accepted,
                    exists (select from call) as waits,
                    exists (select from runs
                             where org_id = $2 and user_id = $3 and claim = $5) as repeated
               from thread`,
      values: [...runValues(run, owner), JSON.stringify(completion)],
    })
    const acceptance = toAcceptance(rows)
    const { waits, repeated } = WaitsRow.parse(rows[0])
    // A repeat finds the call completed: by the request that it repeats.
    if (!waits && !repeated) throw new ServiceError('no_pending_call')
    return acceptance
  }
}

export type RetryAcceptance =
  | { readonly kind: 'accepted'; readonly thread: Thread; readonly message: UserMessageItem }
  | Conflict

export type RepeatAcceptance =
  | { readonly kind: 'accepted'; readonly thread: Thread; readonly item: ThreadItem }
  | { readonly kind: 'superseded' }
  | Conflict

const LATER_GONE = `
  delete from items
   where thread_id = $4 and org_id = $2 and user_id = $3
     and seq > (select seq from anchor) and exists (select from claim)`

const LOCKED_THREAD = `
  select id, title, status, allowed_image_domains, metadata, created_at
    from threads
   where id = $4 and org_id = $2 and user_id = $3
     for update`
const ACTIVE = `thread.status ->> 'type' = 'active'`

const AcceptedRow = z.object({ accepted: z.boolean() })
const WaitsRow = z.object({ waits: z.boolean(), repeated: z.boolean() })
const MessageRow = z.object({
  message: z.custom<UserMessageItem>((value) => typeof value === 'object').nullable(),
})

const RepeatRow = z.object({
  item: z.custom<ThreadItem>((value) => typeof value === 'object').nullable(),
  superseded: z.boolean(),
})

function runValues(run: NewRun, owner: Owner): unknown[] {
  return [
    run.id,
    owner.orgId,
    owner.userId,
    run.threadId,
    run.claim,
    run.operation,
    run.owner,
    run.messageId ?? null,
  ]
}

function toAcceptance(rows: unknown[]): Acceptance {
  if (rows[0] === undefined) throw new ServiceError('thread_not_found')
  const thread = ThreadRow.parse(rows[0])
  if (thread.status.type !== 'active') {
    const { reason } = thread.status
    throw new ServiceError('thread_not_active', reason === undefined ? {} : { detail: reason })
  }
  return AcceptedRow.parse(rows[0]).accepted ? { kind: 'accepted', thread } : { kind: 'conflict' }
}
