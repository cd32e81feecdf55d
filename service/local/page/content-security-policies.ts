const OFFICIAL_CLIENT_HOST = 'https://cdn.platform.openai.com'

const own = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
} as const

// The official component is a script that opens a frame of the same host and styles it in place.
const official = {
  ...own,
  'script-src': ["'self'", OFFICIAL_CLIENT_HOST],
  'style-src': ["'self'", "'unsafe-inline'"],
  'connect-src': ["'self'", OFFICIAL_CLIENT_HOST],
  'frame-src': [OFFICIAL_CLIENT_HOST],
} as const

/**
 * The `content-security-policy` header of the page: `page` for `/`, where no other host can be
 * reached at all, and `official` for `/?ui=chatkit`, which opens exactly one.
 */
export const contentSecurityPolicies = {
  page: headerOf(own),
  official: headerOf(official),
} as const

function headerOf(directives: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(directives)
    .map(([name, sources]) => [name, ...sources].join(' '))
    .join('; ')
}
