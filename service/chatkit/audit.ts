import { z } from 'zod'
import { AuditTrail } from '../auth/audit.ts'
import type { AuditOptions } from '../auth/audit.ts'
import type { RequestContext } from '../auth/request-context.ts'
import type { FailureCode } from '../errors.ts'
import type { Logger } from '../log.ts'
import { onBehalfOf } from '../store/fair-share.ts'
import type { Others } from '../store/others.ts'

/** A request of a known user that has been answered. */
export interface AnsweredRequest {
  readonly context: RequestContext
  readonly operation: string | undefined
  /** What it has failed with, if it has. */
  readonly code: FailureCode | undefined
  readonly body: unknown
}

export type OnAnswered = (answered: AnsweredRequest) => void

const QUOTA_HIT = { message: 'quota hit', rest: 'more quota hits' }
const ACCESS_REFUSED = { message: 'access refused', rest: 'more access refused' }

const QUOTA_CODES: ReadonlySet<string | undefined> = new Set<FailureCode>([
  'too_many_requests',
  'too_many_answers',
  'allowance_used_up',
  'too_many_attachments',
])
const ABSENCE_CODES: ReadonlySet<string | undefined> = new Set<FailureCode>([
  'thread_not_found',
  'item_not_found',
  'attachment_not_found',
  'unknown_cursor',
])
/** They succeed where nothing is, and so where something of somebody else is. */
const SILENT_OPERATIONS: ReadonlySet<string | undefined> = new Set([
  'threads.delete',
  'attachments.delete',
])
const IDS_MAX = 50

const Ids = z.object({
  params: z.object({
    thread_id: z.string().optional().catch(undefined),
    attachment_id: z.string().optional().catch(undefined),
    after: z.string().optional().catch(undefined),
    input: z
      .object({ attachments: z.array(z.string()) })
      .optional()
      .catch(undefined),
  }),
})

export interface AuditParts {
  readonly log: Logger
  readonly others: Pick<Others, 'find'>
  readonly options?: AuditOptions
}

/**
 * Notes in the log who has used up a quota, and who has asked for what belongs to somebody else.
 * That is found out when the answer has gone: it cannot show in it, not even in the time that it
 * takes.
 */
export function auditAnswers({ log, others, options }: AuditParts): OnAnswered {
  const trail = new AuditTrail(log, options)

  async function lookForOthers({ context, operation, body }: AnsweredRequest): Promise<void> {
    const ids = idsIn(body)
    if (ids.length === 0) return
    const found = await onBehalfOf(context, () => others.find(ids, context))
    if (found.length === 0) return
    // Ids that name something: they are no text of anybody's.
    const fields = { request: context.requestId, operation, ids: found }
    trail.note(ACCESS_REFUSED, who(context), fields)
  }

  return (answered) => {
    const { context, operation, code } = answered
    if (QUOTA_CODES.has(code)) {
      trail.note(QUOTA_HIT, { ...who(context), code }, { request: context.requestId, operation })
    }
    if (!ABSENCE_CODES.has(code) && !SILENT_OPERATIONS.has(operation)) return
    lookForOthers(answered).catch((error: unknown) => log.warn({ err: error }, 'audit failed'))
  }
}

function who({ userId, orgId }: RequestContext) {
  return { user: userId, org: orgId || undefined }
}

function idsIn(body: unknown): readonly string[] {
  const { data } = Ids.safeParse(body)
  if (!data) return []
  const { thread_id: thread, attachment_id: attachment, after, input } = data.params
  const ids = [thread, attachment, after, ...(input?.attachments ?? [])]
  return ids.filter((id) => id !== undefined).slice(0, IDS_MAX)
}
