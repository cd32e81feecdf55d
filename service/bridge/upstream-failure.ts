import { ModelRefusalError } from '@openai/agents'
import { APIConnectionError, APIError } from 'openai'
import { ServiceError } from '../errors.ts'

/** The model ended its answer with a failure of its own; `code` is from the provider's list. */
export class UpstreamFailure extends Error {
  override readonly name = 'UpstreamFailure'
  readonly code: string

  constructor(code: string) {
    super('the model reported a failure')
    this.code = code
  }
}

const REFUSED_STATUSES = new Set([400, 404, 413, 422])
const REFUSED_CODES = new Set(['content_filter', 'invalid_prompt', 'max_output_tokens'])

/**
 * What the user is told when the model failed. The provider's own words stay in the log's `cause`:
 * they may quote the conversation, the key or the account.
 */
export function toUserFailure(error: unknown): unknown {
  const cause = error
  if (error instanceof UpstreamFailure) {
    const code = REFUSED_CODES.has(error.code) ? 'model_refused_request' : 'model_unavailable'
    return new ServiceError(code, { cause })
  }
  if (error instanceof ModelRefusalError)
    return new ServiceError('model_refused_request', { cause })
  if (error instanceof APIConnectionError) return new ServiceError('model_unavailable', { cause })
  if (error instanceof APIError) {
    const isRefused = error.status !== undefined && REFUSED_STATUSES.has(error.status)
    return new ServiceError(isRefused ? 'model_refused_request' : 'model_unavailable', { cause })
  }
  return isBrokenStream(error) ? new ServiceError('model_unavailable', { cause }) : error
}

/** A connection that broke in the middle of an answer comes as a bare TypeError of `fetch`. */
function isBrokenStream(error: unknown): boolean {
  if (!(error instanceof TypeError) || !(error.cause instanceof Error)) return false
  const code = 'code' in error.cause ? String(error.cause.code) : ''
  return /^(UND_ERR_|E[A-Z]+$)/.test(code)
}
