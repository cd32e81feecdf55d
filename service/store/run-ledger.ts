import { z } from 'zod'
import type { RunUsage } from '../protocol/chat.ts'
import { isHidden } from '../protocol/items.ts'
import type { ThreadItem } from '../protocol/items.ts'
import type { Thread } from '../protocol/thread.ts'
import { LEASE_SECONDS } from './acceptance.ts'
import type { Owner } from './owner.ts'
import type { Database } from './pool.ts'
import { CHANGED_THREAD, THREAD_COLUMNS, ThreadRow, changeValues } from './threads.ts'
import type { ThreadChanges } from './threads.ts'
import { ESTIMATED_INPUT, RECORDED_RUNS } from './usage.ts'

/** How a run ends. `interrupted`: its process was lost, or stopped before the end. */
export type RunOutcome = 'done' | 'cancelled' | 'interrupted' | 'failed'

/** Names a run as one process owns it. Another epoch means that another process took over. */
export interface RunLease {
  readonly runId: string
  readonly epoch: number
  readonly threadId: string
  readonly owner: Owner
}

/** New frames of one run, or none where only its lease is renewed. */
export interface Checkpoint {
  readonly lease: RunLease
  readonly firstSequence: number
  readonly frames: string
}

const CheckpointRow = z.object({ id: z.string(), written: z.boolean(), cancel: z.boolean() })

/** Whether a checkpoint was written, and whether somebody asked to end the run. */
export type CheckpointResult = z.infer<typeof CheckpointRow>

// Well below the lease, so that a checkpoint that hangs leaves time for another.
const CHECKPOINT_TIMEOUT_MS = 1_500

/** Which run is whose, and how far it has come. Every write of a run names its epoch. */
export class RunLedger {
  readonly #database: Database
  readonly #lifeline: Database

  /**
   * `lifeline` has a connection for checkpoints alone: no other statement can keep them waiting.
   */
  constructor(database: Database, lifeline: Database) {
    this.#database = database
    this.#lifeline = lifeline
  }

  /**
   * Stores an item at the end of the conversation, or in its old place if its id is there.
   *
   * With `keepStored` an item that is there already stays as it is: it was done, and what is given
   * is older.
   *
   * @returns false when nothing was written, since the run is no longer this process's or the
   *   stored item was kept.
   */
  async saveItem(
    lease: RunLease,
    item: ThreadItem,
    { keepStored = false }: { keepStored?: boolean } = {},
  ): Promise<boolean> {
    const { rowCount } = await this.#database.run({
      name: 'save_item',
      text: `with fence as (${FENCE}
             ), bump as (
               update threads set next_seq = next_seq + 1, updated_at = now()
                where id = $3 and org_id = $4 and user_id = $5 and exists (select from fence)
            returning next_seq - 1 as seq
             )
             insert into items
                    (thread_id, id, org_id, user_id, seq, type, hidden, item, length, created_at)
             select $3, $6, $4, $5, seq, $7, $8, $9::text::json, length($9::text),
                    $10::timestamptz
               from bump
                 on conflict (thread_id, id)
                 do update set type = excluded.type, hidden = excluded.hidden,
                               item = excluded.item, length = excluded.length
                         where not $11`,
      values: [
        ...leaseValues(lease),
        item.id,
        item.type,
        isHidden(item),
        JSON.stringify(item),
        item.created_at,
        keepStored,
      ],
    })
    return rowCount === 1
  }

  /**
   * Takes an item out of the conversation, and says whether a client could not see it. Undefined
   * when the run is no longer this process's.
   */
  async removeItem(
    lease: RunLease,
    itemId: string,
  ): Promise<{ readonly wasHidden: boolean } | undefined> {
    const { rows } = await this.#database.run({
      name: 'remove_item',
      text: `with fence as (${FENCE}
             ), gone as (
               delete from items
                where thread_id = $3 and org_id = $4 and user_id = $5 and id = $6
                  and exists (select from fence)
            returning hidden
             )
             select coalesce((select hidden from gone), false) as hidden from fence`,
      values: [...leaseValues(lease), itemId],
    })
    const row = z.object({ hidden: z.boolean() }).optional().parse(rows[0])
    return row && { wasHidden: row.hidden }
  }

  /** Changes the conversation of a run; undefined when the run is no longer this process's. */
  async updateThread(lease: RunLease, changes: ThreadChanges): Promise<Thread | undefined> {
    const { rows } = await this.#database.run({
      name: 'update_thread_of_run',
      text: `with fence as (${FENCE}
             )
             update threads set ${CHANGED_THREAD(6)}
              where id = $3 and org_id = $4 and user_id = $5 and exists (select from fence)
          returning ${THREAD_COLUMNS}`,
      values: [...leaseValues(lease), ...changeValues(changes)],
    })
    return rows[0] === undefined ? undefined : ThreadRow.parse(rows[0])
  }

  /**
   * Writes the new frames of many runs and renews their leases, in one statement. A checkpoint
   * whose answer got lost is written again, longer by what has come since.
   *
   * A row that is locked just now is passed over: one slow conversation must not cost the others
   * their leases. Its frames are still to be written.
   *
   * @returns what became of each run that is still this process's. One that is missing is lost.
   */
  async checkpoint(checkpoints: readonly Checkpoint[]): Promise<Map<string, CheckpointResult>> {
    const { rows } = await this.#lifeline.run({
      name: 'checkpoint_runs',
      query_timeout: CHECKPOINT_TIMEOUT_MS,
      text: `with written as (
               select * from unnest($1::text[], $2::int[], $3::bigint[], $4::text[])
                          as written (run_id, epoch, seq, frames)
             ), free as (
               select runs.id from runs join written
                   on runs.id = written.run_id and runs.epoch = written.epoch
                where runs.status = 'running'
                  for no key update of runs skip locked
             ), renewed as (
               update runs set lease_until = now() + make_interval(secs => ${LEASE_SECONDS})
                 from free where runs.id = free.id
            returning runs.id
             ), chunks as (
               insert into run_chunks (run_id, epoch, seq, frames)
               select run_id, epoch, seq, frames
                 from written join renewed on renewed.id = written.run_id
                where frames <> ''
                   on conflict (run_id, epoch, seq) do update set frames = excluded.frames
                         where length(excluded.frames) > length(run_chunks.frames)
             )
             select runs.id, renewed.id is not null as written,
                    runs.cancel_requested_at is not null as cancel
               from runs join written
                 on runs.id = written.run_id and runs.epoch = written.epoch
               left join renewed on renewed.id = runs.id
              where runs.status = 'running'`,
      values: [
        checkpoints.map((checkpoint) => checkpoint.lease.runId),
        checkpoints.map((checkpoint) => checkpoint.lease.epoch),
        checkpoints.map((checkpoint) => checkpoint.firstSequence),
        checkpoints.map((checkpoint) => checkpoint.frames),
      ],
    })
    return new Map(rows.map((row) => CheckpointRow.parse(row)).map((row) => [row.id, row] as const))
  }

  /**
   * Ends a run with its last frames. `delivered` says that a client has listened to the end, so
   * that the same words sent again are a new message and not a repeat. So they are after a cancel.
   * Only whoever asks for the rest of the answer finds the run still. To end it the same way again,
   * since the answer to the first time got lost, changes nothing.
   *
   * What the run has cost is added to its user's day. The model counts when it has said everything,
   * so a run that ended before costs at least the conversation that was read and a token an event.
   */
  async finish(last: Checkpoint, ending: RunEnding): Promise<boolean> {
    const { rowCount } = await this.#database.run({
      name: 'finish_run',
      text: `with ended as (
               update runs
                  set status = $3, ended_at = now(),
                      input_tokens = greatest($4, case when $10 then ${ESTIMATED_INPUT('runs')} end),
                      output_tokens = greatest($5, case when $10 then $9::bigint end),
                      claim = case when ($6 or $3 = 'cancelled') and claim like 'body:%'
                               then ${HEARD_CLAIM('claim')} || id else claim end
                where id = $1 and epoch = $2 and status = 'running'
            returning *
             ), recorded as (${RECORDED_RUNS('ended')}
             ), chunk as (
               insert into run_chunks (run_id, epoch, seq, frames)
               select id, $2, $7, $8 from ended where $8 <> ''
                   on conflict (run_id, epoch, seq) do update set frames = excluded.frames
                         where length(excluded.frames) > length(run_chunks.frames)
             )
             select 1 from ended
              union all
             select 1 from runs where id = $1 and epoch = $2 and status = $3`,
      values: [
        last.lease.runId,
        last.lease.epoch,
        ending.outcome,
        ending.usage?.inputTokens ?? 0,
        ending.usage?.outputTokens ?? 0,
        ending.delivered,
        last.firstSequence,
        last.frames,
        ending.eventCount ?? last.firstSequence - 1 + last.frames.split('\n\n').length - 1,
        ending.isEstimated ?? false,
      ],
    })
    return rowCount === 1
  }

  /** Notes that nobody listens to a run any more, or that somebody does again. */
  async setDetached(lease: RunLease, detached: boolean): Promise<void> {
    await this.#database.run({
      name: 'set_detached',
      text: `update runs set detached_at = case when $3 then now() end
              where id = $1 and epoch = $2 and status = 'running'`,
      values: [lease.runId, lease.epoch, detached],
    })
  }

  /** Notes that somebody listens to a run in another process than the one that holds it. */
  async noteListener(runId: string, owner: Owner): Promise<void> {
    await this.#database.run({
      name: 'set_heard',
      text: `update runs set heard_at = now()
              where id = $1 and org_id = $2 and user_id = $3 and status = 'running'`,
      values: [runId, owner.orgId, owner.userId],
    })
  }

  /** Whether somebody has listened to a run in another process just now. */
  async hasListener(lease: RunLease): Promise<boolean> {
    const { rows } = await this.#database.run({
      name: 'is_heard',
      text: `select 1 from runs
              where id = $1 and epoch = $2 and thread_id = $3 and org_id = $4 and user_id = $5
                and ${HEARD}`,
      values: leaseValues(lease),
    })
    return rows.length === 1
  }

  /** Asks the process that holds a run, whichever that is, to end it. */
  async requestCancel(runId: string, owner: Owner): Promise<void> {
    await this.#database.run({
      name: 'request_cancel',
      text: `update runs set cancel_requested_at = now()
              where id = $1 and org_id = $2 and user_id = $3 and status = 'running'`,
      values: [runId, owner.orgId, owner.userId],
    })
  }
}

export interface RunEnding {
  readonly outcome: RunOutcome
  readonly usage?: RunUsage | undefined
  /** Whether the model may have read and said more than it has counted. @default false */
  readonly isEstimated?: boolean
  /** How many events it has had. @default as many as the numbers of its last frames say */
  readonly eventCount?: number
  readonly delivered: boolean
}

/** How long a reader in another process counts as listening after its last sign. */
const HEARD_SECONDS = 4
export const HEARD = `coalesce(heard_at > now() - make_interval(secs => ${HEARD_SECONDS}), false)`

/**
 * What the claim of a run becomes when a repeat of its request is a new one: its own, by its id.
 */
export const HEARD_CLAIM = (claim: string) => `'heard:' || ${claim} || ':'`

const FENCE = `
  select id from runs
   where id = $1 and epoch = $2 and thread_id = $3 and org_id = $4 and user_id = $5
     and status = 'running'
     for no key update`

function leaseValues(lease: RunLease): unknown[] {
  return [lease.runId, lease.epoch, lease.threadId, lease.owner.orgId, lease.owner.userId]
}
