import { z } from 'zod'
import { ServiceError } from '../errors.ts'
import type { FailureCode } from '../errors.ts'
import type { Owner } from './owner.ts'
import { StatementError } from './pool.ts'
import type { Database } from './pool.ts'
import { RECORDED_REQUESTS } from './usage.ts'

/** What one user, or one organisation, may use. What is not named has no limit. */
export interface Limits {
  readonly requestsPerMinute?: number | undefined
  readonly liveRuns?: number | undefined
  readonly tokensPerDay?: number | undefined
}

/** The limits of a plan. Those of the organisation hold for all its users together. */
export interface Quota {
  readonly user?: Limits | undefined
  readonly org?: Limits | undefined
}

// The codes that `demand_quota` raises; no code of Postgres begins like them.
const refusals: Readonly<Record<string, Refusal>> = {
  CKQ01: { code: 'too_many_answers', isShared: false },
  CKQ02: { code: 'too_many_answers', isShared: true },
  CKQ03: { code: 'allowance_used_up', isShared: false },
  CKQ04: { code: 'allowance_used_up', isShared: true },
}

interface Refusal {
  readonly code: FailureCode
  /** Whether it is the limit of the whole organisation. */
  readonly isShared: boolean
}

const SHARED_LIMIT = 'This is the limit of your whole organisation.'
// Less than an answer may take to be refused: nobody waits twice for a database that is away.
const COUNT_TIMEOUT_MS = 2_000
const DAY_MS = 86_400_000

/** Counts requests, in Postgres, since one user's come to many processes. */
export class RequestQuotas {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Counts a request in its user's minute, and if it is within the limit, in its organisation's.
   * So nobody can use up what belongs to all by being refused. A minute begins with the first
   * request in it. When it is over, the next request adds it to the usage of the day.
   *
   * @throws ServiceError `too_many_requests`, with the seconds that are left of the minute.
   */
  async demand(owner: Owner, { user, org }: Quota): Promise<void> {
    const { rows } = await this.#database.run({
      name: 'count_request',
      query_timeout: COUNT_TIMEOUT_MS,
      text: `${COUNTING} select * from verdict`,
      values: countValues(owner, { user, org }),
    })
    demandAdmitted(rows[0])
  }

  /**
   * Counts a request as `demand` does, and runs the statement that answers it: both in one, since
   * what a statement costs is mostly its way to Postgres and back. For a request that is refused
   * nothing is read.
   *
   * @returns the one row that the reading has, its fields null where it has found nothing.
   */
  async read(reading: Reading, { owner, quota }: Asker): Promise<unknown> {
    const { rows } = await this.#database.run({
      name: reading.name,
      text: reading.text,
      values: [...countValues(owner, quota), ...reading.values],
    })
    demandAdmitted(rows[0])
    return rows[0]
  }
}

/** Who a request that has not been counted yet is from, and how many may come. */
export interface Asker {
  readonly owner: Owner
  readonly quota: Quota
}

/** A statement that `counted` has made. */
export interface Reading {
  readonly name: string
  readonly text: string
  /** From `$5` on. */
  readonly values: readonly unknown[]
}

/**
 * The text of a statement that counts its request first. `select` gives one row or none, names the
 * owner as `$1` and `$2`, and reads only where `ADMITTED`.
 */
export function counted(select: string): string {
  return `${COUNTING} select verdict.*, answer.* from verdict left join (${select}) as answer on true`
}

/** True for a request that is within its limits, as a term of what `counted` is given. */
export const ADMITTED = '(select admitted from verdict)'

function countValues({ orgId, userId }: Owner, { user, org }: Quota): unknown[] {
  return [orgId, userId, user?.requestsPerMinute ?? null, org?.requestsPerMinute ?? null]
}

function demandAdmitted(row: unknown): void {
  const { admitted, org_refused: orgRefused, seconds } = VerdictRow.parse(row)
  if (admitted) return
  throw new ServiceError('too_many_requests', {
    retryAfterSeconds: seconds,
    ...(orgRefused ? { detail: SHARED_LIMIT } : {}),
  })
}

const VerdictRow = z.object({
  admitted: z.boolean(),
  org_refused: z.boolean().nullable(),
  seconds: z.int(),
})

const OVER = `minute.began_at <= now() - interval '1 minute'`
const NOTHING_ALLOWED = (max: string) => `coalesce(${max}::int < 1, false)`
const OF_ORG = `
  select $1, '', now(), least(1, $4::int), ${NOTHING_ALLOWED('$4')}
    from by_user
   where $1 <> '' and $4 is not null and not refused`

// On a row that somebody else counts in just now this waits, and then counts on from there.
function countIn(source: string, max: string): string {
  return `
    insert into request_windows as minute (org_id, user_id, began_at, requests, refused)
    ${source}
        on conflict (org_id, user_id)
        do update set began_at = case when ${OVER} then now() else minute.began_at end,
                      requests = case when ${OVER} then excluded.requests
                                      when minute.requests >= ${max}::int then minute.requests
                                      else minute.requests + 1 end,
                      refused = case when ${OVER} then excluded.refused
                                     else coalesce(minute.requests >= ${max}::int, false) end
    returning minute.org_id, minute.user_id, minute.began_at, minute.refused,
              old.began_at as ended_at, old.requests as ended_requests`
}

const COUNTING = `
  with by_user as (
    ${countIn(`values ($1, $2, now(), least(1, $3::int), ${NOTHING_ALLOWED('$3')})`, '$3')}
  ), by_org as (
    ${countIn(OF_ORG, '$4')}
  ), recorded as (
    ${RECORDED_REQUESTS('by_user where ended_at < began_at')}
  ), verdict as (
    select not (by_user.refused or coalesce(by_org.refused, false)) as admitted,
           by_org.refused as org_refused,
           greatest(1, ceil(extract(epoch from coalesce(by_org.began_at, by_user.began_at)
                                               + interval '1 minute' - now())))::int as seconds
      from by_user left join by_org on true
  )`

/** A quota that a run has met, if that is what a statement failed with. */
export function toRefusal(error: unknown): ServiceError | undefined {
  if (!(error instanceof StatementError)) return undefined
  const { cause } = error
  const sqlState = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const refusal = refusals[sqlState]
  if (!refusal) return undefined
  return new ServiceError(refusal.code, {
    cause: error,
    ...(refusal.isShared ? { detail: SHARED_LIMIT } : {}),
    ...(refusal.code === 'allowance_used_up' ? { retryAfterSeconds: secondsToMidnight() } : {}),
  })
}

function secondsToMidnight(): number {
  return Math.ceil((DAY_MS - (Date.now() % DAY_MS)) / 1_000)
}
