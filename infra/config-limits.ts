import { z } from 'zod'
import { flag, group, refuse, text, whole } from './config-fields.ts'

const PLANS_MAX = 50
const ORGANISATIONS_MAX = 200
const DAYS_MAX = 36_500
const TYPES_MAX = 50
const REQUESTS_MAX = 1_000_000
const NAME = /^[^\p{Cc}\p{Cs}]{1,255}$/u
const MEDIA_TYPE = /^[a-z0-9.+-]+\/([a-z0-9.+-]+|\*)$/
const DEFAULT_PLAN = 'default'

/** A limit, or null for none. */
function limit(max: number) {
  const error = `a whole number from 0 to ${max}, or null for no limit`
  return z.int({ error }).min(0, { error }).max(max, { error }).nullable().optional()
}

const LimitsOf = group({
  requestsPerMinute: limit(REQUESTS_MAX),
  liveRuns: limit(Number.MAX_SAFE_INTEGER),
  tokensPerDay: limit(Number.MAX_SAFE_INTEGER),
})
type LimitsOf = z.infer<typeof LimitsOf>

const Plan = group({
  user: LimitsOf.optional(),
  org: LimitsOf.optional(),
}).superRefine(({ user = {}, org = {} }, context) => {
  for (const name of ['requestsPerMinute', 'liveRuns', 'tokensPerDay'] as const) {
    const most = org[name] ?? Infinity
    if ((user[name] ?? 0) <= most) continue
    const allowed = `at most ${most}, which is all that org.${name} gives the whole organisation`
    refuse(context, ['user', name], { value: user[name], allowed })
  }
})

/** Limits by plan, as users have it in their claims. */
export const QuotaSettings = named(Plan, {
  max: PLANS_MAX,
  what: 'the name of a plan',
  allowed: 'limits by plan, such as { default: { user: { liveRuns: 20 } } }',
}).superRefine((plans, context) => {
  if (DEFAULT_PLAN in plans) return
  const allowed = 'given: the limits of every plan without a row, and for what a row leaves out'
  refuse(context, [DEFAULT_PLAN], { value: undefined, allowed })
})

/** After how many days without a change conversations are deleted. */
export const RetentionSettings = group({
  days: whole(1, DAYS_MAX).optional(),
  organisations: named(whole(1, DAYS_MAX), {
    max: ORGANISATIONS_MAX,
    what: 'the id of an organisation',
    allowed: 'days by organisation, such as { acme: 30 }',
  }).default({}),
})

/** Files that users send with their messages. */
export const AttachmentSettings = group({
  enabled: flag().default(true),
  mebibytesMax: whole(1, 1024).optional(),
  types: z
    .array(text(MEDIA_TYPE, 'a media type in lower case, such as application/pdf or image/*'), {
      error: 'a list of media types, such as ["image/*"]',
    })
    .min(1, { error: 'at least one media type; enabled: false refuses all of them' })
    .max(TYPES_MAX, { error: `at most ${TYPES_MAX} media types` })
    .optional(),
}).superRefine(({ enabled, ...others }, context) => {
  for (const [name, value] of enabled ? [] : Object.entries(others)) {
    if (value === undefined) continue
    refuse(context, [name], { value, allowed: 'left out, as attachments.enabled is false' })
  }
})

interface Named {
  readonly max: number
  readonly what: string
  readonly allowed: string
}

/** Values by names that the team's own users bring. */
function named<Value extends z.ZodType>(value: Value, { max, what, allowed }: Named) {
  return z
    .record(text(NAME, what), value, {
      error: (issue) => (issue.code === 'invalid_key' ? what : allowed),
    })
    .refine((entries) => Object.keys(entries).length <= max, { error: `at most ${max} of them` })
}
