import { ServiceError } from '../errors.ts'
import type { SignInRequest } from './pattern.ts'
import { Refusal } from './refusal.ts'

const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS']
const FORM_TYPE = /^multipart\/form-data\s*;/i
const JSON_TYPE = /^application\/json\s*(;|$)/i

/**
 * Takes a credential that a browser adds by itself only from our own frontends. Any page can make
 * a browser send a form with cookies; none can make it lie about the origin.
 *
 * @throws ServiceError `origin_refused` for all else, before the credential is looked at.
 */
export function demandOwnOrigin(request: SignInRequest, origins: readonly string[]): void {
  const { origin, 'content-type': type = '' } = request.headers
  const isOwn = origin !== undefined && origins.includes(origin)
  const isExpectedType = JSON_TYPE.test(type) || FORM_TYPE.test(type)
  if (isOwn && isExpectedType && !SAFE_METHODS.includes(request.method)) return
  throw new ServiceError('origin_refused', { cause: new Refusal('origin') })
}
