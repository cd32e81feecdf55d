import { z } from 'zod'
import { LEASE_SECONDS } from './accept.ts'
import type { Owner } from './owner.ts'
import type { Database } from './pool.ts'
import type { RunLease } from './run-ledger.ts'

/** How long a repeat of a request finds the run of the first one, once that has ended. */
const CLAIM_SECONDS = 60
const CLAIM_WITH_KEY_SECONDS = 86_400

const RunRow = z.object({
  id: z.string(),
  thread_id: z.string(),
  status: z.enum(['running', 'done', 'cancelled', 'interrupted', 'failed']),
  message_id: z.string().nullable(),
  owner: z.string(),
  same_claim: z.boolean(),
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

/** What is found out about runs from outside: conflicts, abandoned ones, and what they have sent. */
export class RunRecovery {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** The runs that keep a new one from beginning: the same request, or a live one in the thread. */
  async findConflicts(claim: string, threadId: string, owner: Owner): Promise<RunRow[]> {
    const { rows } = await this.#database.run({
      name: 'find_conflicts',
      text: `select id, thread_id, status, message_id, owner, coalesce(claim = $1, false) as same_claim,
                    status = 'running' and lease_until < now() as expired,
                    ${CLAIM_OVER} as claim_over, detached_at is not null as detached
               from runs
              where org_id = $3 and user_id = $4
                and (claim = $1 or (thread_id = $2 and status = 'running'))
              order by claim = $1 desc nulls last`,
      values: [claim, threadId, owner.orgId, owner.userId],
    })
    return rows.map((row) => RunRow.parse(row))
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
  async abandon(runId: string, owner: string): Promise<void> {
    await this.#database.run({
      name: 'abandon_run',
      text: `update runs set lease_until = now() - interval '1 second'
              where id = $1 and owner = $2 and status = 'running'`,
      values: [runId, owner],
    })
  }

  /** Takes over runs whose owner is gone. Two processes never get the same one. */
  async takeExpired(newOwner: string, limit: number): Promise<RunLease[]> {
    const { rows } = await this.#database.run({
      name: 'take_expired_runs',
      text: `update runs
                set epoch = epoch + 1, owner = $1,
                    lease_until = now() + make_interval(secs => ${LEASE_SECONDS})
              where id in (select id from runs
                            where status = 'running' and lease_until < now()
                            order by lease_until limit $2
                              for update skip locked)
          returning id, epoch, thread_id, org_id, user_id`,
      values: [newOwner, limit],
    })
    return rows.map((row) => LeaseRow.parse(row))
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

  /** What a run has sent from a sequence number on, as far as it is stored, and whether it lives. */
  async readFrames(runId: string, fromSequence: number, owner: Owner): Promise<StoredFrames> {
    const { rows } = await this.#database.run({
      name: 'read_frames',
      text: `select runs.status = 'running' as live, run_chunks.frames
               from runs left join run_chunks
                 on run_chunks.run_id = runs.id and run_chunks.seq >= $4
              where runs.id = $1 and runs.org_id = $2 and runs.user_id = $3
              order by run_chunks.seq`,
      values: [runId, owner.orgId, owner.userId, fromSequence],
    })
    const parsed = rows.map((row) => FramesRow.parse(row))
    return {
      live: parsed[0]?.live ?? false,
      text: parsed.map((row) => row.frames ?? '').join(''),
    }
  }

  /** Drops what repeats of a request no longer need. */
  async cleanUp(): Promise<void> {
    await this.#database.run({
      name: 'release_old_claims',
      text: `update runs set claim = null where claim is not null and ${CLAIM_OVER}`,
    })
    await this.#database.run({
      name: 'delete_old_chunks',
      text: `delete from run_chunks using runs
              where runs.id = run_chunks.run_id and runs.claim is null
                and runs.ended_at < now() - make_interval(secs => ${CLAIM_SECONDS})`,
    })
  }
}

export interface StoredFrames {
  readonly live: boolean
  readonly text: string
}

const FramesRow = z.object({ frames: z.string().nullable(), live: z.boolean() })

const CLAIM_OVER = `coalesce(ended_at < now() - make_interval(secs =>
  case when claim like 'body:%' then ${CLAIM_SECONDS} else ${CLAIM_WITH_KEY_SECONDS} end), false)`
