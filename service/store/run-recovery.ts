import { z } from 'zod'
import { LEASE_SECONDS, claimParts } from './acceptance.ts'
import type { Owner } from './owner.ts'
import type { Database } from './pool.ts'
import { HEARD, HEARD_CLAIM } from './run-ledger.ts'
import type { RunLease } from './run-ledger.ts'

/** How long a repeat of a request finds the run of the first one, once that has ended. */
const CLAIM_SECONDS = 60
const CLAIM_WITH_KEY_SECONDS = 86_400
const CLEANED_MAX = 500

const ExpiredRow = z.object({ id: z.string(), epoch: z.int() })
export type ExpiredRun = z.infer<typeof ExpiredRow>

const RunRow = z.object({
  id: z.string(),
  thread_id: z.string(),
  status: z.enum(['running', 'done', 'cancelled', 'interrupted', 'failed']),
  message_id: z.string().nullable(),
  holder: z.string(),
  epoch: z.int(),
  same_claim: z.boolean(),
  /** Whether something else was asked with the key of this claim. */
  asked_otherwise: z.boolean(),
  expired: z.boolean(),
  claim_over: z.boolean(),
  detached: z.boolean(),
})
export type RunRow = z.infer<typeof RunRow>

const LeaseRow = z
  .object({
    id: z.string(),
    epoch: z.int(),
    thread_id: z.string(),
    org_id: z.string(),
    user_id: z.string(),
  })
  .transform((row) => ({
    runId: row.id,
    epoch: row.epoch,
    threadId: row.thread_id,
    owner: { orgId: row.org_id, userId: row.user_id },
  }))

/**
 * What is found out about runs from outside: conflicts, abandoned ones, and what they have sent.
 */
export class RunRecovery {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** The runs that keep a new one from beginning: the same request, or a live one in the thread. */
  async findConflicts(claim: string, threadId: string, owner: Owner): Promise<RunRow[]> {
    const [claimId, asked] = claimParts(claim)
    const { rows } = await this.#database.run({
      name: 'find_conflicts',
      text: `select id, thread_id, status, message_id, owner as holder, epoch,
                    coalesce(claim = $1, false) as same_claim,
                    coalesce(claim = $1 and asked <> $5, false) as asked_otherwise,
                    status = 'running' and lease_until < now() as expired,
                    ${CLAIM_OVER} as claim_over,
                    detached_at is not null and not ${HEARD} as detached
               from runs
              where org_id = $3 and user_id = $4
                and (claim = $1 or (thread_id = $2 and status = 'running'))
              order by claim = $1 desc nulls last`,
      values: [claimId, threadId, owner.orgId, owner.userId, asked],
    })
    return rows.map((row) => RunRow.parse(row))
  }

  /**
   * The last run of a request, if it was listened to until its end. A listener may have been gone
   * without anybody noticing: a client that asks for the rest of an answer has not heard it all.
   */
  async findHeard(claim: string, owner: Owner): Promise<string | undefined> {
    const { rows } = await this.#database.run({
      name: 'find_heard',
      text: `select id, claim <> $1 as heard from runs
              where org_id = $2 and user_id = $3
                and (claim = $1 or starts_with(claim, ${HEARD_CLAIM('$1')}))
              order by created_at desc, id desc limit 1`,
      values: [claimParts(claim)[0], owner.orgId, owner.userId],
    })
    const last = z.object({ id: z.string(), heard: z.boolean() }).optional().parse(rows[0])
    return last?.heard ? last.id : undefined
  }

  /**
   * Notes that a client has listened to the end of an answer that is done, as the end of a run does
   * for one that listens where it is written.
   */
  async noteHeard(runId: string, owner: Owner): Promise<void> {
    await this.#database.run({
      name: 'set_heard_to_the_end',
      text: `update runs set claim = ${HEARD_CLAIM('claim')} || id
              where id = $1 and org_id = $2 and user_id = $3 and status = 'done'
                and claim like 'body:%'`,
      values: [runId, owner.orgId, owner.userId],
    })
  }

  async releaseClaim(runId: string, owner: Owner): Promise<void> {
    await this.#database.run({
      name: 'release_claim',
      text: `update runs set claim = null
              where id = $1 and org_id = $2 and user_id = $3 and status <> 'running'`,
      values: [runId, owner.orgId, owner.userId],
    })
  }

  /** Gives up a run of this process that never began, so that it need not wait for its lease. */
  async abandon(runId: string, holder: string): Promise<void> {
    await this.#database.run({
      name: 'abandon_run',
      text: `update runs set lease_until = now() - interval '1 second'
              where id = $1 and owner = $2 and status = 'running'`,
      values: [runId, holder],
    })
  }

  /** Runs whose lease is over, longest first, but for those that the asker is at work on. */
  async findExpired(besides: readonly string[], limit: number): Promise<ExpiredRun[]> {
    const { rows } = await this.#database.run({
      name: 'find_expired_runs',
      text: `select id, epoch from runs
              where status = 'running' and lease_until < now() and id <> all($1::text[])
              order by lease_until limit $2`,
      values: [besides, limit],
    })
    return rows.map((row) => ExpiredRow.parse(row))
  }

  /** Takes over a run whose lease is still over. Of two processes only one gets it. */
  async take(run: ExpiredRun, holder: string): Promise<RunLease | undefined> {
    const { rows } = await this.#database.run({
      name: 'take_run',
      text: `update runs
                set epoch = epoch + 1, owner = $3,
                    lease_until = now() + make_interval(secs => ${LEASE_SECONDS})
              where id = $1 and epoch = $2 and status = 'running' and lease_until < now()
          returning id, epoch, thread_id, org_id, user_id`,
      values: [run.id, run.epoch, holder],
    })
    return rows[0] === undefined ? undefined : LeaseRow.parse(rows[0])
  }

  /** The live run of a conversation, if there is one. */
  async findLive(threadId: string, owner: Owner): Promise<string | undefined> {
    const { rows } = await this.#database.run({
      name: 'find_live_run',
      text: `select id from runs
              where thread_id = $1 and org_id = $2 and user_id = $3 and status = 'running'`,
      values: [threadId, owner.orgId, owner.userId],
    })
    return z.object({ id: z.string() }).optional().parse(rows[0])?.id
  }

  /**
   * What a run has sent from a sequence number on, as far as it is stored, and whether it lives.
   * The text begins with the piece that holds this number and is at most `piecesMax` pieces long.
   */
  async readFrames(
    runId: string,
    { fromSequence, piecesMax }: FrameRange,
    owner: Owner,
  ): Promise<StoredFrames> {
    const { rows } = await this.#database.run({
      name: 'read_frames',
      text: `select runs.status = 'running' as live, run_chunks.frames
               from runs left join run_chunks
                 on run_chunks.run_id = runs.id
                and run_chunks.seq >= coalesce((
                      select max(seq) from run_chunks
                       where run_id = $1 and seq <= $4), 0)
              where runs.id = $1 and runs.org_id = $2 and runs.user_id = $3
              order by run_chunks.seq
              limit $5`,
      values: [runId, owner.orgId, owner.userId, fromSequence, piecesMax],
    })
    const parsed = rows.map((row) => FramesRow.parse(row))
    return {
      live: parsed[0]?.live ?? false,
      isWhole: parsed.length < piecesMax,
      text: parsed.map((row) => row.frames ?? '').join(''),
    }
  }

  /** Drops what repeats of a request no longer need, a limited number at a time. */
  async cleanUp(): Promise<void> {
    await this.#database.run({
      name: 'release_old_claims',
      text: `update runs set claim = null
              where id in (select id from runs
                            where claim is not null and ended_at is not null and ${CLAIM_OVER}
                            order by ended_at limit ${CLEANED_MAX}
                              for update skip locked)`,
    })
    await this.#database.run({
      name: 'delete_old_chunks',
      text: `with old as (
               select id from runs
                where has_chunks and claim is null
                  and ended_at < now() - make_interval(secs => ${CLAIM_SECONDS})
                order by ended_at limit ${CLEANED_MAX}
                  for update skip locked
             ), gone as (
               delete from run_chunks using old where run_chunks.run_id = old.id
             )
             update runs set has_chunks = false from old where runs.id = old.id`,
    })
  }
}

export interface FrameRange {
  readonly fromSequence: number
  readonly piecesMax: number
}

export interface StoredFrames {
  readonly live: boolean
  /** Whether there was no more to read just now. */
  readonly isWhole: boolean
  readonly text: string
}

const FramesRow = z.object({ frames: z.string().nullable(), live: z.boolean() })

const CLAIM_OVER = `coalesce(ended_at < now() - make_interval(secs =>
  case when claim like 'key:%' then ${CLAIM_WITH_KEY_SECONDS} else ${CLAIM_SECONDS} end), false)`
