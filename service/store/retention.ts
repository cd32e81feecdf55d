import type { Database } from './pool.ts'
import { RECORDED_REQUESTS } from './usage.ts'

// Small batches: what they lock is locked briefly, and they end long before a statement may.
const THREADS_MAX = 20
const ROWS_MAX = 500
/** How long the ledger keeps runs that have ended. What they have cost is kept day by day. */
const RUN_DAYS = 30

/** How many days a conversation is kept after its last change. Without a number it is kept. */
export interface RetentionPolicy {
  readonly days?: number | undefined
  /** For single organisations, instead of `days`. */
  readonly byOrg: Readonly<Record<string, number>>
}

/** Removes what has been kept for long enough, a limited number at a time. */
export class Retention {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Removes old conversations; true when there may be more of them. */
  async removeThreads({ days, byOrg }: RetentionPolicy): Promise<boolean> {
    const counts: (number | null)[] = []
    for (const [orgId, daysOfOrg] of Object.entries(byOrg)) {
      const { rowCount } = await this.#database.run({
        name: 'remove_old_threads_of_org',
        text: `delete from threads
                where id in (select id from threads where org_id = $1 and ${OLD})`,
        values: [orgId, daysOfOrg],
      })
      counts.push(rowCount)
    }
    if (days !== undefined) {
      const { rowCount } = await this.#database.run({
        name: 'remove_old_threads',
        text: `delete from threads
                where id in (select id from threads where org_id <> all($1::text[]) and ${OLD})`,
        values: [Object.keys(byOrg), days],
      })
      counts.push(rowCount)
    }
    return counts.includes(THREADS_MAX)
  }

  /** Removes old rows of the ledger, and minutes that are over: their requests go to the usage. */
  async removeRecords(): Promise<void> {
    await this.#database.run({
      name: 'remove_old_runs',
      text: `delete from runs
              where id in (select id from runs
                            where ended_at < now() - make_interval(days => ${RUN_DAYS})
                              and claim is null
                            order by ended_at limit ${ROWS_MAX}
                              for update skip locked)`,
    })
    await this.#database.run({
      name: 'remove_old_windows',
      text: `with ended as (
               delete from request_windows
                where (org_id, user_id) in (
                        select org_id, user_id from request_windows
                         where began_at < now() - interval '1 minute'
                         order by began_at limit ${ROWS_MAX}
                           for update skip locked)
            returning org_id, user_id, began_at as ended_at, requests as ended_requests
             )
             ${RECORDED_REQUESTS(`ended where user_id <> ''`)}`,
    })
  }
}

// By the time of creation, which has an index and never changes: an index on the time of the last
// change would cost every change. Whoever is being answered has not gone.
const OLD = `
  created_at < now() - make_interval(days => $2) and updated_at < now() - make_interval(days => $2)
    and not exists (select from runs
                     where thread_id = threads.id and org_id = threads.org_id
                       and user_id = threads.user_id and status = 'running')
  order by created_at limit ${THREADS_MAX}
    for update skip locked`
