import type { BearerJwt } from './bearer-jwt.ts'
import { toLocale } from './locale.ts'
import type { RequestContext } from './request-context.ts'

const PLAN_DEFAULT = 'free'

/** What a request shows to prove who it is from. */
export interface Credentials {
  readonly authorization: string | undefined
  readonly acceptLanguage: string | undefined
  readonly requestId: string
}

/** @throws ServiceError `unauthenticated`, the same for whatever is wrong. */
export type Authenticate = (credentials: Credentials) => Promise<RequestContext>

/** Knows users by their bearer tokens. */
export function bearerAuthenticator(jwt: BearerJwt): Authenticate {
  return async ({ authorization, acceptLanguage, requestId }) => {
    const claims = await jwt.verify(authorization)
    return {
      userId: claims.sub,
      orgId: claims.org_id ?? '',
      plan: claims.plan ?? PLAN_DEFAULT,
      locale: toLocale(claims.locale, acceptLanguage),
      requestId,
    }
  }
}
