/** What a user may do within the own organisation. */
export type Role = 'member' | 'admin'

/** A claim that agents may see. */
export type ClaimValue = string | number | boolean

/** Who somebody is, as one pattern has verified it. */
export interface Identity {
  readonly userId: string
  /** Empty for a user without an organisation. Part of every ownership check. */
  readonly orgId: string
  readonly plan: string
  /** What the identity says about the language, whether or not that is a language tag. */
  readonly locale: string | undefined
  /** Always `member` without an organisation: there is nothing to be an admin of. */
  readonly role: Role
  /** The further claims that the configuration lets agents see. */
  readonly claims: Readonly<Record<string, ClaimValue>>
}

/**
 * Who a request runs for. Made from a verified identity: no other header and no body changes it.
 */
export interface RequestContext extends Identity {
  /** A BCP 47 language tag, such as `de-CH`. */
  readonly locale: string
  /** Names this request in the log and in the answer's `x-request-id`. */
  readonly requestId: string
}
