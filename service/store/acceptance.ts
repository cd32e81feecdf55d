import type { QueryResult } from 'pg'
import { z } from 'zod'
import { ServiceError } from '../errors.ts'
import type { Thread } from '../protocol/thread.ts'
import type { Owner } from './owner.ts'
import type { Database, Statement } from './pool.ts'
import { toRefusal } from './quotas.ts'
import type { Quota } from './quotas.ts'
import { ThreadRow } from './threads.ts'

/** A process is taken for dead when it has not renewed the lease of a run for this long. */
export const LEASE_SECONDS = 8

/** Somebody waits: better a refusal now, which can be repeated, than an answer after a while. */
const ACCEPT_TIMEOUT_MS = 2_500

/** A run that wants to begin. `claim` is the identity of the request that asks for it. */
export interface NewRun {
  readonly id: string
  readonly threadId: string
  /** See `claimParts`. */
  readonly claim: string
  readonly operation: string
  /** The process that will hold its lease: the column `owner`. */
  readonly holder: string
  /** The message it answers, if any: a repeat of the request after a crash answers it again. */
  readonly messageId?: string
  /** The interrupted run of the same request, whose claim it takes over. */
  readonly replaces?: string
  /** @default no limits */
  readonly quota?: Quota
}

/** Accepted with the conversation as it now is; or not, since another run stands in the way. */
export type Acceptance = { readonly kind: 'accepted'; readonly thread: Thread } | Conflict
export interface Conflict {
  readonly kind: 'conflict'
}

/**
 * The identity of a request. With a key that the client chose comes a hash of what it asks for,
 * after a `#`: it is kept beside the claim, since the same key may come with something else.
 */
export function claimParts(claim: string): readonly [id: string, asked: string | null] {
  const [id = '', asked = null] = claim.split('#')
  return [id, asked]
}

const RUN_COLUMNS =
  'id, org_id, user_id, thread_id, claim, asked, operation, owner, message_id, status, lease_until'
/** The claim of a run that begins. */
export const CLAIM = '($5::text[])[1]'
// The conflict may be with the claim of the same request or with a live run in the conversation:
// then nothing is stored, and so nothing is asked of the quota.
export const claimFrom = (source: string, messageId = '$8') => `
  insert into runs (${RUN_COLUMNS})
  select $1, $2, $3, $4, ${CLAIM}, ($5::text[])[2], $6, $7, ${messageId}, 'running', now() + make_interval(secs => ${LEASE_SECONDS})
    from ${source}
      on conflict do nothing
  returning id, demand_quota($2, $3, $9)`
export const LOCKED_THREAD_COLUMNS =
  'thread.id, thread.title, thread.status, thread.allowed_image_domains, thread.metadata, thread.created_at'

/** The conversation, as it is and stays until the run has begun. */
export const LOCKED_THREAD = `
  select id, title, status, allowed_image_domains, metadata, created_at, next_seq
    from threads
   where id = $4 and org_id = $2 and user_id = $3
     for update`
export const ACTIVE = `thread.status ->> 'type' = 'active'`

/**
 * Whether the items that the statement sees are those of the conversation that it has locked. Who
 * had to wait for the lock sees them as they were before, without what was stored meanwhile.
 */
export const UP_TO_DATE = `thread.next_seq = (
  select next_seq from threads where id = $4 and org_id = $2 and user_id = $3)`

const AcceptedRow = z.object({ accepted: z.boolean() })

/** The parameters that every acceptance begins with: $1 to $9. */
export function runValues(run: NewRun, owner: Owner): unknown[] {
  const { user = {}, org = {} } = run.quota ?? {}
  return [
    run.id,
    owner.orgId,
    owner.userId,
    run.threadId,
    claimParts(run.claim),
    run.operation,
    run.holder,
    run.messageId ?? null,
    [user.liveRuns, org.liveRuns, user.tokensPerDay, org.tokensPerDay],
  ]
}

/**
 * Runs a statement in which a run begins.
 *
 * @throws ServiceError `too_many_answers` or `allowance_used_up` when that is beyond a quota;
 *   nothing is stored then.
 */
export async function beginRun(database: Database, statement: Statement): Promise<QueryResult> {
  try {
    return await database.run({ ...statement, query_timeout: ACCEPT_TIMEOUT_MS })
  } catch (error) {
    throw toRefusal(error) ?? error
  }
}

/** What became of it: the first row has the conversation, and whether the run has begun. */
export function toAcceptance(rows: unknown[]): Acceptance {
  if (rows[0] === undefined) throw new ServiceError('thread_not_found')
  const thread = ThreadRow.parse(rows[0])
  if (thread.status.type !== 'active') {
    const { reason } = thread.status
    throw new ServiceError('thread_not_active', reason === undefined ? {} : { detail: reason })
  }
  return AcceptedRow.parse(rows[0]).accepted ? { kind: 'accepted', thread } : { kind: 'conflict' }
}
