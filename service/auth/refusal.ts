import { ServiceError } from '../errors.ts'

/** Why somebody was not let in: for the audit log, and coarse enough to quote nothing. */
const REFUSAL_REASONS = [
  'nothing_shown',
  'malformed',
  'algorithm',
  'unknown_key',
  'signature',
  'expired',
  'claims',
  'session_unknown',
  'origin',
  'duplicate_header',
  'gateway_secret',
  'gateway_certificate',
  'two_identities',
  'custom',
] as const
export type RefusalReason = (typeof REFUSAL_REASONS)[number]

/** What stands behind an `unauthenticated`. A client never hears of it. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly reason: RefusalReason

  constructor(reason: RefusalReason, options?: ErrorOptions) {
    super(`sign-in refused: ${reason}`, options)
    this.reason = reason
  }
}

/** The failure that every refusal is to a client: the same for whatever is wrong. */
export function refuse(reason: RefusalReason, cause?: unknown): ServiceError {
  return new ServiceError('unauthenticated', { cause: new Refusal(reason, { cause }) })
}
