import { z } from 'zod'
import type { ClaimValue, Identity } from './request-context.ts'
import { refuse } from './refusal.ts'
import { group, mustBe } from '../variables.ts'

const PLAN_DEFAULT = 'free'

const FURTHER_MAX = 20
const VALUE_LENGTH_MAX = 255
const NO_CONTROL = /^[^\p{Cc}\p{Cs}]+$/u
// Two names that differ in one of these look the same to whoever reads the log or erases a user,
// and some of them end a line there, or turn it around.
const INVISIBLE = /[\p{Cf}\p{Zl}\p{Zp}]/u

/** Whether this names somebody or something: visible, and of a bounded length. */
export function isName(value: unknown): value is string {
  return isShortText(value) && !INVISIBLE.test(value)
}

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= VALUE_LENGTH_MAX && NO_CONTROL.test(value)
}

const Name = z.custom<string>(isName)

const orClaim = { error: mustBe(`the name of a claim, of up to ${VALUE_LENGTH_MAX} characters`) }
const ClaimName = z.string(orClaim).trim().min(1, orClaim).max(VALUE_LENGTH_MAX, orClaim)
const orRole = { error: mustBe(`the name of a role, of up to ${VALUE_LENGTH_MAX} characters`) }
const orRoles = { error: mustBe('a list of roles, one at least') }
const orClaims = { error: mustBe(`a list of claims, ${FURTHER_MAX} at most`) }

/**
 * Which claim says what. A name with dots also finds a claim inside of others, `user.team` the
 * `team` of `user`, unless there is a claim of the whole name.
 */
export const ClaimMap = group({
  user: ClaimName.default('sub'),
  org: ClaimName.default('org_id'),
  plan: ClaimName.default('plan'),
  locale: ClaimName.default('locale'),
  role: ClaimName.default('org_role'),
  /** The roles that make an admin of the organisation; whoever has none of them is a member. */
  admin: z.array(z.custom<string>(isName, orRole), orRoles).min(1, orRoles).default(['admin']),
  /** The claims that agents may see. */
  further: z.array(ClaimName, orClaims).max(FURTHER_MAX, orClaims).default([]),
}).readonly()
export type ClaimMap = z.infer<typeof ClaimMap>

const Known = z.object({
  user: Name,
  org: Name.nullish(),
  plan: Name.nullish(),
  locale: z.string().max(VALUE_LENGTH_MAX).nullish(),
  role: z.union([z.string(), z.array(z.string())]).nullish(),
})

export type Claims = Readonly<Record<string, unknown>>

/**
 * Who verified claims are about.
 *
 * @throws ServiceError if a claim that is mapped is not what it must be. Of further claims only
 * short texts, numbers and truth values are kept; what is none of these counts as absent.
 */
export function toIdentity(claims: Claims, map: ClaimMap): Identity {
  const known = Known.safeParse({
    user: claimOf(claims, map.user),
    org: claimOf(claims, map.org),
    plan: claimOf(claims, map.plan),
    locale: claimOf(claims, map.locale),
    role: claimOf(claims, map.role),
  })
  if (!known.success) throw refuse('claims', known.error)
  const { user, org, plan, locale, role } = known.data
  const isAdmin = [role].flat().some((name) => name != null && map.admin.includes(name))
  return {
    userId: user,
    orgId: org ?? '',
    plan: plan ?? PLAN_DEFAULT,
    locale: locale ?? undefined,
    // Users without an organisation share an empty one; nobody is the admin of all of them.
    role: isAdmin && org != null ? 'admin' : 'member',
    claims: map.further.length === 0 ? NONE : furtherOf(claims, map.further),
  }
}

const NONE = Object.freeze({})

function furtherOf(claims: Claims, names: readonly string[]): Record<string, ClaimValue> {
  const pairs = names.flatMap((name): [string, ClaimValue][] => {
    const value = claimOf(claims, name)
    return isClaimValue(value) ? [[name, value]] : []
  })
  return Object.fromEntries(pairs)
}

function isClaimValue(value: unknown): value is ClaimValue {
  return (
    // A person's name may well have a joiner in it.
    isShortText(value) ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value))
  )
}

function claimOf(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name]
  let value: unknown = claims
  for (const part of name.split('.')) {
    if (!isRecord(value) || !Object.hasOwn(value, part)) return undefined
    value = value[part]
  }
  return value
}

function isRecord(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
