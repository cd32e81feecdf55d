import { z } from 'zod'
import type { RunUsage } from '../protocol/chat.ts'
import type { Owner } from './owner.ts'
import type { Database } from './pool.ts'
import { toRefusal } from './quotas.ts'
import type { Quota } from './quotas.ts'
import { TODAY } from './usage.ts'

/** What was charged in advance, and to which day. */
export interface Reservation {
  readonly day: string
  readonly usage: RunUsage
}

const NOTHING: RunUsage = { inputTokens: 0, outputTokens: 0 }

/** The tokens of a day, for what asks a model and is no run. Runs are charged by the ledger. */
export class Allowance {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Charges an estimate before a model is asked, so that what is asked for at once cannot all slip
   * in before the first has been counted. `settle` makes it the count.
   *
   * @throws ServiceError `allowance_used_up`
   */
  async reserve(owner: Owner, quota: Quota, usage: RunUsage): Promise<Reservation> {
    try {
      const { rows } = await this.#database.run({
        name: 'reserve_tokens',
        text: `with admitted as (
                 select $1::text as org_id, $2::text as user_id,
                        demand_quota($1, $2, $3::bigint[]) as ok
               )
               insert into usage_days as days (org_id, day, user_id, input_tokens, output_tokens)
               select org_id, ${TODAY}, user_id, $4, $5 from admitted where ok
                   on conflict (org_id, day, user_id)
                   do update set input_tokens = days.input_tokens + excluded.input_tokens,
                                 output_tokens = days.output_tokens + excluded.output_tokens
               returning day::text`,
        values: [
          owner.orgId,
          owner.userId,
          // Live answers are no matter of this.
          [null, null, quota.user?.tokensPerDay ?? null, quota.org?.tokensPerDay ?? null],
          usage.inputTokens,
          usage.outputTokens,
        ],
      })
      return { day: z.object({ day: z.string() }).parse(rows[0]).day, usage }
    } catch (error) {
      throw toRefusal(error) ?? error
    }
  }

  /** Puts what was counted in the place of what was reserved, on the day of the reservation. */
  async settle(owner: Owner, { day, usage }: Reservation, counted: RunUsage): Promise<void> {
    await this.#database.run({
      name: 'settle_tokens',
      text: `update usage_days
                set input_tokens = greatest(0, input_tokens + $4),
                    output_tokens = greatest(0, output_tokens + $5)
              where org_id = $1 and user_id = $2 and day = $3::date`,
      values: [
        owner.orgId,
        owner.userId,
        day,
        counted.inputTokens - usage.inputTokens,
        counted.outputTokens - usage.outputTokens,
      ],
    })
  }

  /** @throws ServiceError `allowance_used_up` */
  async demand(owner: Owner, quota: Quota): Promise<void> {
    await this.reserve(owner, quota, NOTHING)
  }

  /** Charges what has been used already, whatever is left. */
  async add(owner: Owner, usage: RunUsage): Promise<void> {
    await this.reserve(owner, {}, usage)
  }
}
