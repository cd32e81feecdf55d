import { z } from 'zod'
import { group, refuse, text } from './config-fields.ts'

/** The ways to know users that the service has; `development` believes everybody and is not one. */
const PATTERNS = ['jwt', 'jwks', 'session', 'gateway', 'custom'] as const
export type AuthPattern = (typeof PATTERNS)[number]

const TEXT_LENGTH_MAX = 255
const FURTHER_CLAIMS_MAX = 20
const COOKIE_NAME = /^[!#$%&'*+.^`|~\w-]{1,100}$/
const NAME = /^[^\p{Cc}\p{Cs}]{1,255}$/u

const claimName = () => text(NAME, 'the name of a claim, such as org_id or user.team')

const Claims = group({
  user: claimName().optional(),
  org: claimName().optional(),
  plan: claimName().optional(),
  locale: claimName().optional(),
  role: claimName().optional(),
  admin: z
    .array(text(NAME, 'the name of a role'), { error: 'a list of roles, such as ["admin"]' })
    .min(1, { error: 'at least one role that makes an admin, or left out' })
    .optional(),
  further: z
    .array(claimName(), { error: 'a list of claims, such as ["team"]' })
    .max(FURTHER_CLAIMS_MAX, { error: `at most ${FURTHER_CLAIMS_MAX} claims` })
    .optional(),
})

/** An address on the internet that tasks can reach: their firewall lets out port 443 alone. */
export function serverUrl(example: string) {
  const error = `an https address on port 443 without user and password, such as ${example}`
  return z.string({ error }).refine((value) => isServerUrl(value), { error })
}

const identifier = (what: string) => text(NAME, `${what}, up to ${TEXT_LENGTH_MAX} characters`)

const Fields = group({
  patterns: z
    .array(
      z.literal(PATTERNS, {
        error: ({ input }) =>
          input === 'development'
            ? `one of ${PATTERNS.join(', ')}: development lets everybody be anybody`
            : `one of ${PATTERNS.join(', ')}`,
      }),
      { error: `a list of ${PATTERNS.join(', ')}` },
    )
    .min(1, { error: `at least one of ${PATTERNS.join(', ')}` })
    .refine((list) => new Set(list).size === list.length, { error: 'a list without repeats' })
    .default(['jwt']),
  jwtIssuer: identifier('the iss of tokens').optional(),
  jwtAudience: identifier('the aud of tokens').optional(),
  jwksUrl: serverUrl('https://id.example.com/.well-known/jwks.json').optional(),
  jwksIssuer: identifier('the iss of tokens').optional(),
  jwksAudience: identifier('the aud of tokens').optional(),
  sessionUrl: serverUrl('https://app.example.com/api/auth/get-session').optional(),
  sessionCookie: text(COOKIE_NAME, 'the name of a cookie without a prefix, or none').optional(),
  claims: Claims.optional(),
})

type Name = keyof z.infer<typeof Fields>

/** Which patterns each setting is for. */
const MEANT_FOR: readonly (readonly [Name, readonly AuthPattern[]])[] = [
  ['jwtIssuer', ['jwt']],
  ['jwtAudience', ['jwt']],
  ['jwksUrl', ['jwks']],
  ['jwksIssuer', ['jwks']],
  ['jwksAudience', ['jwks']],
  ['sessionUrl', ['session']],
  ['sessionCookie', ['session']],
  ['claims', ['jwt', 'jwks', 'session']],
]
/** What a pattern cannot do without. */
const NEEDED_BY: readonly (readonly [AuthPattern, readonly Name[]])[] = [
  ['jwks', ['jwksUrl', 'jwksIssuer', 'jwksAudience']],
  ['session', ['sessionUrl']],
]

/** How the service knows its users. */
export const AuthSettings = Fields.superRefine((settings, context) => {
  const { patterns } = settings
  for (const [name, meant] of MEANT_FOR) {
    if (settings[name] === undefined || meant.some((pattern) => patterns.includes(pattern)))
      continue
    const allowed = `left out, as auth.patterns has no ${meant.join(', ')}`
    refuse(context, [name], { value: settings[name], allowed })
  }
  for (const [pattern, names] of NEEDED_BY) {
    for (const name of patterns.includes(pattern) ? names : []) {
      if (settings[name] !== undefined) continue
      const allowed = `given, as auth.patterns has ${pattern}`
      refuse(context, [name], { value: undefined, allowed })
    }
  }
})
export type AuthSettings = z.infer<typeof AuthSettings>

function isServerUrl(value: string): boolean {
  const url = URL.parse(value)
  return url?.protocol === 'https:' && url.port === '' && url.username === '' && url.password === ''
}
