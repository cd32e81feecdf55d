import { z } from 'zod'
import type { RequestContext } from '../auth/request-context.ts'
import { group, mustBe } from '../variables.ts'
import type { Limits, Quota, RequestQuotas } from '../store/quotas.ts'

// null is no limit.
const limit = (max: number) => {
  const error = mustBe(`a whole number from 0 to ${max}, or null for no limit`)
  return z.int({ error }).min(0, { error }).max(max, { error }).nullish()
}
const LimitsOf = group({
  requestsPerMinute: limit(1_000_000),
  liveRuns: limit(Number.MAX_SAFE_INTEGER),
  tokensPerDay: limit(Number.MAX_SAFE_INTEGER),
})
const QuotaOf = group({ user: LimitsOf.optional(), org: LimitsOf.optional() })

/**
 * Limits by plan. `default` is for plans without a row, and for what the row of a plan leaves out.
 */
export const Quotas = z
  .object({ default: QuotaOf }, { error: mustBe('limits by plan, with those of default') })
  .catchall(QuotaOf)
export type Quotas = z.infer<typeof Quotas>

/** Far from what anybody does by hand, and near enough to stop a loop. */
export const QUOTAS_DEFAULT = '{"default":{"user":{"requestsPerMinute":600,"liveRuns":20}}}'

/** The limits of someone's plan. */
export type QuotaFor = (context: Pick<RequestContext, 'plan'>) => Quota

/**
 * The limits of each plan; a plan without a row, or a limit that it leaves out, has the default.
 */
export function quotaFor(quotas: Quotas): QuotaFor {
  const plans = new Map(
    Object.entries(quotas).map(([plan, { user, org }]) => [
      plan,
      {
        user: merged(quotas.default.user, user),
        org: merged(quotas.default.org, org),
      },
    ]),
  )
  const others = plans.get('default') ?? {}
  return ({ plan }) => plans.get(plan) ?? others
}

/** Counts one request, or refuses it. */
export type DemandRequest = (context: RequestContext) => Promise<void>

/** Counts requests in Postgres, against the limits of the plan of whoever sends them. */
export function requestCounter(requests: RequestQuotas, quota: QuotaFor): DemandRequest {
  return async (context) => await requests.demand(context, quota(context))
}

function merged(
  general: z.infer<typeof LimitsOf> = {},
  own: z.infer<typeof LimitsOf> = {},
): Limits {
  const { requestsPerMinute, liveRuns, tokensPerDay } = { ...general, ...own }
  return {
    requestsPerMinute: requestsPerMinute ?? undefined,
    liveRuns: liveRuns ?? undefined,
    tokensPerDay: tokensPerDay ?? undefined,
  }
}
