import { ServiceError } from '../errors.ts'
import { toLocale } from './locale.ts'
import type { Pattern, PatternName, SignInRequest } from './pattern.ts'
import { Refusal, refuse } from './refusal.ts'
import type { RefusalReason } from './refusal.ts'
import type { Identity, RequestContext } from './request-context.ts'

/**
 * @throws ServiceError `unauthenticated`, the same for whatever is wrong, or one that says what
 * stands in the way of finding out.
 */
export type Authenticate = (request: SignInRequest) => Promise<RequestContext>

/** Told of everyone who is not let in. */
export type OnRefusal = (refused: {
  readonly requestId: string
  readonly reason: RefusalReason
  /** Undefined where the request showed nothing that any pattern looks at. */
  readonly pattern: PatternName | undefined
}) => void

/**
 * Knows users by the patterns that are configured, each tried where a request shows something for
 * it. What is shown must all be valid and about the same user: a request with two faces is refused.
 */
export function authenticator(patterns: readonly Pattern[], onRefusal: OnRefusal): Authenticate {
  return async (request) => {
    let tried: PatternName | undefined
    let identity: Identity | undefined
    try {
      for (const pattern of patterns) {
        if (!pattern.isShown(request)) continue
        tried = pattern.name
        const found = await pattern.identify(request)
        if (identity && !isSame(identity, found)) throw refuse('two_identities')
        identity ??= found
      }
      if (!identity) throw refuse('nothing_shown')
      return toContext(identity, request)
    } catch (error) {
      const reason = reasonOf(error)
      if (reason) onRefusal({ requestId: request.requestId, reason, pattern: tried })
      throw error
    }
  }
}

function toContext(identity: Identity, { headers, requestId }: SignInRequest): RequestContext {
  return {
    userId: identity.userId,
    orgId: identity.orgId,
    plan: identity.plan,
    locale: toLocale(identity.locale, headers['accept-language']),
    role: identity.role,
    claims: identity.claims,
    requestId,
  }
}

/** An organisation is a part of who somebody is; a plan and a language are not. */
function isSame(one: Identity, other: Identity): boolean {
  return one.userId === other.userId && one.orgId === other.orgId
}

function reasonOf(error: unknown): RefusalReason | undefined {
  const isOurs = error instanceof ServiceError && error.cause instanceof Refusal
  return isOurs && error.cause instanceof Refusal ? error.cause.reason : undefined
}
