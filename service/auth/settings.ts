import { z } from 'zod'
import { ClaimMap } from './claim-map.ts'
import { PATTERN_NAMES } from './pattern.ts'
import type { PatternName } from './pattern.ts'
import { weaknessOf } from './secret-strength.ts'
import { flag, group, mustBe, text, toJson, whole } from '../variables.ts'

const OVERLAP_SECONDS = 86_400
const OVERLAP_SECONDS_MAX = 2_592_000
const CERTIFICATES_MAX = 20
const CERTIFICATES_EXAMPLE = '[{"subject":"CN=gateway,O=Example","issuer":"CN=Example CA"}]'
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/
const COOKIE_NAME = /^[!#$%&'*+.^`|~\w-]{1,100}$/

const Secret = text.superRefine((secret, context) => {
  const weakness = weaknessOf(secret)
  if (weakness) context.addIssue(weakness)
})

const SecretId = text.optional()

const Patterns = text.default('jwt').transform((value, context): readonly PatternName[] => {
  const names = value.split(',').map((name) => name.trim())
  const known = names.flatMap((name) => PATTERN_NAMES.find((pattern) => pattern === name) ?? [])
  if (known.length < names.length || new Set(known).size < known.length) {
    const allowed = `one or several of ${PATTERN_NAMES.join(', ')}, each once`
    context.addIssue(mustBe(allowed)({ input: value }))
  }
  return known
})

const ServerUrl = text.refine(
  (value) => isServerUrl(value),
  'must be an https address without user and password (http on this machine alone)',
)

const Claims = text
  .default('{}')
  .transform(toJson('{"org":"organization_id","further":["team"]}'))
  .pipe(ClaimMap)

// As a header can hold it, and neither shorter nor longer than a name of a certificate is.
const orName = { error: mustBe('like CN=gateway,O=Example') }
const DistinguishedName = z.string(orName).regex(/^[A-Za-z0-9.]+=[\x20-\x7e]{1,1000}$/, orName)
const orCertificates = {
  error: mustBe(`a list of one to ${CERTIFICATES_MAX}, such as ${CERTIFICATES_EXAMPLE}`),
}

const Certificate = group({ subject: DistinguishedName, issuer: DistinguishedName })

const Certificates = text
  .transform(toJson(CERTIFICATES_EXAMPLE))
  .pipe(
    z
      .array(Certificate, orCertificates)
      .min(1, orCertificates)
      .max(CERTIFICATES_MAX, orCertificates),
  )

/** The variables that say how users are known, in the order of the README's table. */
export const authVariables = {
  AUTH: Patterns.describe(
    'how users are known: [one or several patterns](service/README.md#who-a-request-is-from), separated by commas',
  ),
  JWT_SECRET: Secret.optional().describe('key of the users’ tokens (HS256), at least 32 bytes'),
  JWT_SECRET_SECRET_ID: SecretId.describe(
    'instead of `JWT_SECRET`: the Secrets Manager secret that holds it',
  ),
  JWT_OVERLAP_SECONDS: whole(0, OVERLAP_SECONDS_MAX)
    .prefault(String(OVERLAP_SECONDS))
    .describe('how long the previous secret works after a rotation in Secrets Manager'),
  JWT_ISSUER: text.optional().describe('if set, the `iss` that a token must have'),
  JWT_AUDIENCE: text.optional().describe('if set, the `aud` that a token must have'),
  JWKS_URL: ServerUrl.optional().describe('`jwks`: where the identity provider publishes its keys'),
  JWKS_ISSUER: text.optional().describe('`jwks`: the `iss` that its tokens must have'),
  JWKS_AUDIENCE: text.optional().describe('`jwks`: the `aud` that its tokens must have'),
  SESSION_URL: ServerUrl.optional().describe(
    '`session`: the endpoint that knows sessions, like https://app.example.com/api/auth/get-session',
  ),
  SESSION_COOKIE: text
    .regex(COOKIE_NAME, {
      error: mustBe('the name of a cookie, without a prefix, or none'),
    })
    .default('session_token')
    .describe(
      '`session`: the cookie that may hold the token, in production with `__Secure-` or `__Host-` before it; `none` for no cookies',
    ),
  GATEWAY_SECRET: Secret.optional().describe('`gateway`: what it proves itself by'),
  GATEWAY_SECRET_SECRET_ID: SecretId.describe(
    'instead of `GATEWAY_SECRET`: the Secrets Manager secret that holds it',
  ),
  GATEWAY_CERTIFICATES: Certificates.optional().describe(
    '`gateway`, instead of a secret or beside it: its [certificates](service/README.md#who-a-request-is-from), as JSON',
  ),
  DEVELOPMENT_BEYOND_LOOPBACK: flag('false').describe(
    'whether `development` may listen for other machines',
  ),
  CLAIMS: Claims.describe(
    'which claim says what, see [claims](service/README.md#who-a-request-is-from)',
  ),
}

type Present = Readonly<Record<string, string | undefined>>

const NEEDS: readonly (readonly [PatternName, ...string[]])[] = [
  ['jwks', 'JWKS_URL', 'JWKS_ISSUER', 'JWKS_AUDIENCE'],
  ['session', 'SESSION_URL'],
]
const TELLTALES: readonly (readonly [PatternName, ...string[]])[] = [
  ['jwks', 'JWKS_URL'],
  ['session', 'SESSION_URL'],
  ['gateway', 'GATEWAY_SECRET', 'GATEWAY_SECRET_SECRET_ID', 'GATEWAY_CERTIFICATES'],
]

/**
 * What the variables lack, or contradict each other in; `present` holds those that are not empty.
 */
export function authFaults(present: Present): readonly string[] {
  const patterns = Patterns.safeParse(present['AUTH']).data
  if (!patterns) return []
  const has = (name: PatternName) => patterns.includes(name)
  const faults: string[] = []
  for (const [pattern, ...names] of NEEDS) {
    const missing = has(pattern) ? names.filter((name) => !present[name]) : []
    faults.push(...missing.map((name) => `${name} is missing; AUTH names ${pattern}`))
  }
  for (const [pattern, ...names] of TELLTALES) {
    const vain = has(pattern) ? [] : names.filter((name) => present[name])
    faults.push(...vain.map((name) => `${name} is set, but AUTH does not name ${pattern}`))
  }
  if (has('gateway') && has('development')) {
    faults.push('AUTH: gateway and development exclude each other; both believe the same headers')
  }
  if (has('development')) faults.push(...developmentFaults(present))
  for (const name of present['NODE_ENV'] === 'production' ? ['JWKS_URL', 'SESSION_URL'] : []) {
    const url = URL.parse(present[name] ?? '')
    if (url?.protocol === 'http:') faults.push(`${name} must be an https address in production`)
  }
  return faults
}

/** Whether a secret is needed, of those that have two ways to be given. */
export function isNeededSecret(name: string, present: Present): boolean {
  const patterns = Patterns.safeParse(present['AUTH']).data ?? []
  if (name === 'JWT_SECRET') return patterns.includes('jwt')
  if (name === 'GATEWAY_SECRET') {
    return patterns.includes('gateway') && !present['GATEWAY_CERTIFICATES']
  }
  return true
}

/** Whoever reaches the port is whoever they say. */
function developmentFaults(present: Present): readonly string[] {
  if (present['NODE_ENV'] === 'production') {
    return ['AUTH: development lets everybody be anybody; it is impossible in production']
  }
  const isOpen = !LOOPBACK.test(present['HOST'] ?? '')
  if (!isOpen || present['DEVELOPMENT_BEYOND_LOOPBACK'] === 'true') return []
  return [
    'AUTH: development lets everybody be anybody; set HOST=127.0.0.1, or DEVELOPMENT_BEYOND_LOOPBACK=true where only friends reach the port',
  ]
}

function isServerUrl(value: string): boolean {
  const url = URL.parse(value)
  if (!url || url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname))
}
