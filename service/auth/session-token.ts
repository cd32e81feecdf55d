import type { Claims, ClaimMap } from './claim-map.ts'
import { toIdentity } from './claim-map.ts'
import { cookiesNamed } from './cookies.ts'
import { shows, singleHeaders } from './header-credentials.ts'
import type { Pattern, SignInRequest } from './pattern.ts'
import { refuse } from './refusal.ts'
import type { Identity } from './request-context.ts'
import { demandOwnOrigin } from './same-origin.ts'
import type { SessionEndpoint } from './session-endpoint.ts'

const TOKEN_HEADER = 'x-session-token'
const TOKEN = /^[\w.~+/=%-]{16,4096}$/

export interface SessionTokenOptions {
  readonly endpoint: Pick<SessionEndpoint, 'find'>
  /** Empty where cookies are not taken. */
  readonly cookieNames: readonly string[]
  readonly origins: readonly string[]
  readonly claims: ClaimMap
}

/**
 * Knows users by the sessions of their sign-in server, such as Better Auth: by the token in the
 * header `x-session-token`, or in its cookie. The token goes on to the server as it came.
 */
export class SessionToken implements Pattern {
  readonly name = 'session'
  readonly #options: SessionTokenOptions

  constructor(options: SessionTokenOptions) {
    this.#options = options
  }

  isShown(request: SignInRequest): boolean {
    return shows(request, TOKEN_HEADER) || this.#cookiesOf(request).length > 0
  }

  async identify(request: SignInRequest): Promise<Identity> {
    const { token } = singleHeaders(request, { token: TOKEN_HEADER })
    const cookies = this.#cookiesOf(request)
    if (cookies.length > 0) demandOwnOrigin(request, this.#options.origins)
    if (token !== undefined && !TOKEN.test(token)) throw refuse('malformed')
    if (cookies.some(({ value }) => value === '')) throw refuse('malformed')
    const found = await Promise.all([
      // Bearer is how Better Auth takes a token that is not in its cookie.
      ...(token === undefined
        ? []
        : [this.#find({ [TOKEN_HEADER]: token, authorization: `Bearer ${token}` })]),
      ...cookies.map(({ name, value }) => this.#find({ cookie: `${name}=${value}` })),
    ])
    const [first, ...others] = found.map((claims) => toIdentity(claims, this.#options.claims))
    if (!first) throw refuse('session_unknown')
    const isAlike = others.every(
      ({ userId, orgId }) => userId === first.userId && orgId === first.orgId,
    )
    if (!isAlike) throw refuse('two_identities')
    return first
  }

  #cookiesOf({ headers }: SignInRequest) {
    return cookiesNamed(headers.cookie, this.#options.cookieNames)
  }

  async #find(headers: Readonly<Record<string, string>>): Promise<Claims> {
    const claims = await this.#options.endpoint.find(headers)
    if (!claims) throw refuse('session_unknown')
    return claims
  }
}
