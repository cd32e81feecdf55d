import { toIdentity } from './claim-map.ts'
import { singleHeaders } from './header-credentials.ts'
import type { SignInRequest } from './pattern.ts'
import { refuse } from './refusal.ts'
import type { Identity } from './request-context.ts'

/** The headers that name a user. They mean nothing unless a pattern trusts who has set them. */
export const IDENTITY_HEADERS = {
  user: 'x-user-id',
  org: 'x-org-id',
  plan: 'x-plan',
  locale: 'x-locale',
  role: 'x-role',
} as const

// Beyond ASCII nobody can tell how the value was meant to be read.
const PRINTABLE = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/

const MAP = {
  user: 'user',
  org: 'org',
  plan: 'plan',
  locale: 'locale',
  role: 'role',
  admin: ['admin'],
  further: [],
}

/** @throws ServiceError if one of them is not as it must be. */
export function identityFromHeaders(request: SignInRequest): Identity {
  const values = singleHeaders(request, IDENTITY_HEADERS)
  if (!Object.values(values).every((value) => PRINTABLE.test(value))) throw refuse('claims')
  return toIdentity(values, MAP)
}
