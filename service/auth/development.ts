import { shows } from './header-credentials.ts'
import { IDENTITY_HEADERS, identityFromHeaders } from './identity-headers.ts'
import type { Pattern } from './pattern.ts'

/**
 * Believes the header `x-user-id`, whoever sends it: for a machine of one's own. The configuration
 * refuses it in production.
 */
export const development: Pattern = {
  name: 'development',
  isShown: (request) => shows(request, IDENTITY_HEADERS.user),
  identify: async (request) => identityFromHeaders(request),
}
