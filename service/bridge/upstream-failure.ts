import { APIConnectionError, APIError } from 'openai'
import { ServiceError } from '../errors.ts'
import type { FailureCode } from '../errors.ts'

/** The model ended its answer with a failure of its own; `code` is from the provider's list. */
export class UpstreamFailure extends Error {
  override readonly name = 'UpstreamFailure'
  readonly code: string

  constructor(code: string) {
    super('the model reported a failure')
    this.code = code
  }
}

/** A request that is refused for what is in it, and not for what it asks for. */
const INPUT_STATUSES = new Set([400, 413, 422])
const REFUSED_STATUSES = new Set([400, 404, 413, 422])

// Codes of the provider that the user can do something about. The same request would fail again.
const userCodes = new Map<string, FailureCode>([
  ['content_filter', 'content_filtered'],
  ['content_policy_violation', 'content_filtered'],
  ['image_content_policy_violation', 'content_filtered'],
  ['misalignment_policy_violation', 'content_filtered'],
  ['moderation_blocked', 'content_filtered'],
  ['bio_policy', 'content_filtered'],
  ['cyber_policy', 'content_filtered'],
  ['invalid_prompt', 'content_filtered'],
  ['context_length_exceeded', 'conversation_too_long'],
  ['string_above_max_length', 'conversation_too_long'],
  ['max_output_tokens', 'answer_too_long'],
])

/**
 * What the user is told when the model failed. The provider's own words stay in the log's `cause`:
 * they may quote the conversation, the key or the account.
 */
export function toUserFailure(error: unknown): unknown {
  const cause = error
  if (error instanceof UpstreamFailure) {
    return new ServiceError(userCodes.get(error.code) ?? refusedOr(error.code), { cause })
  }
  if (error instanceof APIConnectionError) return new ServiceError('model_unavailable', { cause })
  if (error instanceof APIError) {
    const isRefused = error.status !== undefined && REFUSED_STATUSES.has(error.status)
    const code = isRefused ? 'model_refused_request' : refusedOr(error.code)
    return new ServiceError(userCodes.get(error.code ?? '') ?? code, { cause })
  }
  return isBrokenStream(error) ? new ServiceError('model_unavailable', { cause }) : error
}

/** Whether the model does not take what it was asked with: a file in it may be the reason. */
export function isInputRefused(error: unknown): error is Error {
  if (error instanceof UpstreamFailure) return refusedOr(error.code) === 'model_refused_request'
  return error instanceof APIError && error.status !== undefined && INPUT_STATUSES.has(error.status)
}

/** Whether the model was never given what it was asked with, so that nobody has to pay for it. */
export function isUnread(error: unknown): boolean {
  if (error instanceof APIConnectionError || isInputRefused(error)) return true
  // Only the answer to a request has a status: what comes in the middle of a stream has none.
  return error instanceof APIError && error.status !== undefined
}

/** A picture that cannot be read is refused again, everything else may go better the next time. */
function refusedOr(code: string | null | undefined): FailureCode {
  return /image/.test(code ?? '') ? 'model_refused_request' : 'model_unavailable'
}

/** A connection that broke in the middle of an answer comes as a bare TypeError of `fetch`. */
function isBrokenStream(error: unknown): boolean {
  if (!(error instanceof TypeError) || !(error.cause instanceof Error)) return false
  const code = 'code' in error.cause ? String(error.cause.code) : ''
  return /^(UND_ERR_|E[A-Z]+$)/.test(code)
}
