import type { IncomingHttpHeaders } from 'node:http'
import type { Identity } from './request-context.ts'

/** The ways to know who a request is from; the configuration chooses among them. */
export const PATTERN_NAMES = ['jwt', 'jwks', 'session', 'gateway', 'development', 'custom'] as const
export type PatternName = (typeof PATTERN_NAMES)[number]

/** A request before its body is read: all that a pattern may look at. */
export interface SignInRequest {
  readonly method: string
  /** Names in lower case. A header that came twice is one value here, joined by a comma. */
  readonly headers: Readonly<IncomingHttpHeaders>
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[]
  readonly requestId: string
}

/** One way to know who a request is from. */
export interface Pattern {
  readonly name: PatternName
  /** Whether the request shows something that this pattern has to judge. It judges nothing yet. */
  isShown(request: SignInRequest): boolean
  /**
   * @throws ServiceError `unauthenticated` if what the request shows proves nothing, and
   * `identity_unavailable` if that cannot be found out now. There is no third way in.
   */
  identify(request: SignInRequest): Promise<Identity>
}
