import { z } from 'zod'
import { ServiceError } from '../errors.ts'
import type {
  StructuredInputItem,
  ThreadItem,
  UserMessageItem,
  WidgetItem,
} from '../protocol/items.ts'
import type { Thread } from '../protocol/thread.ts'
import {
  ACTIVE,
  CLAIM,
  LOCKED_THREAD,
  LOCKED_THREAD_COLUMNS,
  UP_TO_DATE,
  beginRun,
  claimFrom,
  runValues,
  toAcceptance,
} from './acceptance.ts'
import type { Acceptance, Conflict, NewRun } from './acceptance.ts'
import { StoredItem } from './items.ts'
import type { Owner } from './owner.ts'
import type { Database } from './pool.ts'

/**
 * Where a run goes on from an item that is there: ownership, claim and what is new, in one
 * statement.
 */
export class RunContinuation {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Goes back to a message of the user: removes what came after it, in the same step in which the
   * run that answers it again begins.
   */
  async retry(run: NewRun, itemId: string, owner: Owner): Promise<RetryAcceptance> {
    const { rows } = await beginRun(this.#database, {
      name: 'accept_retry',
      text: `with thread as (${LOCKED_THREAD}
             ), anchor as (
               select seq, type, item from items
                where thread_id = $4 and org_id = $2 and user_id = $3 and id = $10 and not hidden
             ), claim as (${claimFrom(`thread, anchor where ${ACTIVE} and ${UP_TO_DATE} and anchor.type = 'user_message'`)}
             ), gone as (${LATER_GONE}
             )
             select ${LOCKED_THREAD_COLUMNS}, exists (select from claim) as accepted,
                    (select item from anchor) as message
               from thread`,
      values: [...runValues(run, owner), itemId],
    })
    const acceptance = toAcceptance(rows)
    const { message } = MessageRow.parse(rows[0])
    if (!message) throw new ServiceError('item_not_found')
    if (message.type !== 'user_message') throw new ServiceError('not_repeatable')
    return acceptance.kind === 'accepted' ? { ...acceptance, message } : acceptance
  }

  /**
   * Begins the run of a request once more whose first one was interrupted. What that request
   * brought, a message or the outcome of a call, is stored already and named by `itemId`. When the
   * user has gone on since, nothing begins and nothing is removed.
   *
   * The claim goes from the one run to the other in the same step: between two, another repeat
   * could begin as if it were the first. The first run is locked before its conversation, as where
   * that is removed: neither waits for the other.
   */
  async again(run: NewRun, itemId: string, owner: Owner): Promise<RepeatAcceptance> {
    const { rows } = await beginRun(this.#database, {
      name: 'accept_again',
      text: `with earlier as (
               select id from runs
                where id = $10 and org_id = $2 and user_id = $3
                  for update
             ), thread as (
               select * from (${LOCKED_THREAD}) as locked where (select count(*) from earlier) >= 0
             ), anchor as (
               select seq, item from items
                where thread_id = $4 and org_id = $2 and user_id = $3 and id = $8
             ), later as (
               select id from items
                where thread_id = $4 and org_id = $2 and user_id = $3 and type = 'user_message'
                  and seq > (select seq from anchor) limit 1
             ), released as (
               update runs set claim = null
                where id = $10 and org_id = $2 and user_id = $3 and claim = ${CLAIM} and status <> 'running'
                  and exists (select from thread where ${ACTIVE} and ${UP_TO_DATE})
                  and exists (select from anchor) and not exists (select from later)
                  and not exists (select from runs where thread_id = $4 and org_id = $2
                                                                and user_id = $3 and status = 'running')
            returning id
             ), claim as (${claimFrom(`thread, anchor, ${AFTER_RELEASE} where ${ACTIVE} and ${UP_TO_DATE} and not exists (select from later)`)}
             ), gone as (${LATER_GONE}
             )
             select ${LOCKED_THREAD_COLUMNS}, exists (select from claim) as accepted,
                    (select item from anchor) as item,
                    exists (select from later) or not exists (select from anchor) as superseded
               from thread`,
      values: [...runValues({ ...run, messageId: itemId }, owner), run.replaces ?? null],
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
    const { rows } = await beginRun(this.#database, {
      name: 'accept_tool_output',
      text: `with thread as (${LOCKED_THREAD}
             ), call as (
               select id
                 from (select id, type, item
                         from items
                        where thread_id = ${LOCKED_ID} and org_id = $2 and user_id = $3
                          and not hidden
                        order by seq desc limit 1
                          for update) as newest
                where type = 'client_tool_call' and item ->> 'status' = 'pending'
             ), claim as (${claimFrom(`thread, call where ${ACTIVE}`, 'coalesce($8, call.id)')}
             ), completed as (
               update items
                  set item = (item::jsonb || $10::jsonb)::json,
                      length = length((item::jsonb || $10::jsonb)::text)
                where thread_id = $4 and org_id = $2 and user_id = $3
                  and id = (select id from call) and exists (select from claim)
             )
             select ${LOCKED_THREAD_COLUMNS}, exists (select from claim) as accepted,
                    exists (select from call) as waits,
                    exists (select from runs
                             where org_id = $2 and user_id = $3 and claim = ${CLAIM}) as repeated
               from thread`,
      values: [...runValues(run, owner), JSON.stringify(completion)],
    })
    const acceptance = toAcceptance(rows)
    const { waits, repeated } = WaitsRow.parse(rows[0])
    // A repeat finds the call completed: by the request that it repeats.
    if (!waits && !repeated) throw new ServiceError('no_pending_call')
    return acceptance
  }

  /** Begins the run of an action: of a widget in the conversation, or of the page. */
  async action(run: NewRun, itemId: string | undefined, owner: Owner): Promise<ActionAcceptance> {
    const { rows } = await beginRun(this.#database, {
      name: 'accept_action',
      text: `with thread as (${LOCKED_THREAD}
             ), sender as (
               select item from items
                where thread_id = $4 and org_id = $2 and user_id = $3 and id = $10 and not hidden
             ), claim as (${claimFrom(`thread where ${ACTIVE} and ($10::text is null or exists (select from sender where item ->> 'type' = 'widget'))`)}
             )
             select ${LOCKED_THREAD_COLUMNS}, exists (select from claim) as accepted,
                    (select item from sender) as item
               from thread`,
      values: [...runValues(run, owner), itemId ?? null],
    })
    const acceptance = toAcceptance(rows)
    const { item: sender } = SenderRow.parse(rows[0])
    if (itemId !== undefined && !sender) throw new ServiceError('item_not_found')
    if (sender && sender.type !== 'widget') throw new ServiceError('not_a_widget')
    return acceptance.kind === 'accepted' ? { ...acceptance, sender } : acceptance
  }

  /**
   * Puts a form with its answers in the place of the pending one, if that is still as the caller
   * has read it.
   */
  async answers(
    run: NewRun,
    { pending, answered }: FormAnswers,
    owner: Owner,
  ): Promise<Acceptance> {
    const { rows } = await beginRun(this.#database, {
      name: 'accept_answers',
      text: `with thread as (${LOCKED_THREAD}
             ), form as (
               select id from items
                where thread_id = ${LOCKED_ID} and org_id = $2 and user_id = $3 and id = $10
                  and item::jsonb = $11::jsonb
                  for update
             ), claim as (${claimFrom(`thread, form where ${ACTIVE}`)}
             ), answered as (
               update items set item = $12::text::json, length = length($12::text)
                where thread_id = $4 and org_id = $2 and user_id = $3
                  and id = (select id from form) and exists (select from claim)
             )
             select ${LOCKED_THREAD_COLUMNS}, exists (select from claim) as accepted,
                    exists (select from form) as waits,
                    exists (select from runs
                             where org_id = $2 and user_id = $3 and claim = ${CLAIM}) as repeated
               from thread`,
      values: [
        ...runValues(run, owner),
        pending.id,
        JSON.stringify(pending),
        JSON.stringify(answered),
      ],
    })
    const acceptance = toAcceptance(rows)
    const { waits, repeated } = WaitsRow.parse(rows[0])
    if (!waits && !repeated) throw new ServiceError('form_answered')
    return acceptance
  }
}

export interface FormAnswers {
  readonly pending: StructuredInputItem
  readonly answered: StructuredInputItem
}

export type ActionAcceptance =
  | {
      readonly kind: 'accepted'
      readonly thread: Thread
      readonly sender: WidgetItem | undefined
    }
  | Conflict

export type RetryAcceptance =
  | { readonly kind: 'accepted'; readonly thread: Thread; readonly message: UserMessageItem }
  | Conflict

export type RepeatAcceptance =
  | { readonly kind: 'accepted'; readonly thread: Thread; readonly item: ThreadItem }
  | { readonly kind: 'superseded' }
  | Conflict

// What waits for an answer is locked, too, and after the conversation: of two answers the second
// sees what the first has made of it, and neither waits for the other.
const LOCKED_ID = '(select id from thread)'
// A part of a statement that changes rows runs before another one only if that one reads from it.
const AFTER_RELEASE = '(select count(*) from released) as one'
const LATER_GONE = `
  delete from items
   where thread_id = $4 and org_id = $2 and user_id = $3
     and seq > (select seq from anchor) and exists (select from claim)`

const WaitsRow = z.object({ waits: z.boolean(), repeated: z.boolean() })
const MessageRow = z.object({
  message: StoredItem.nullable(),
})

const RepeatRow = z.object({
  item: StoredItem.nullable(),
  superseded: z.boolean(),
})

const SenderRow = z.object({
  item: StoredItem.nullable().transform((item) => item ?? undefined),
})
