/**
 * Who a request runs for. Made from verified claims alone: no header and no body can change it.
 */
export interface RequestContext {
  readonly userId: string
  /** Empty for a user without an organisation. Part of every ownership check. */
  readonly orgId: string
  readonly plan: string
  /** A BCP 47 language tag, such as `de-CH`. */
  readonly locale: string
  /** Names this request in the log and in the answer's `x-request-id`. */
  readonly requestId: string
}
