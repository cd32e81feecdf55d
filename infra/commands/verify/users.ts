import { randomUUID } from 'node:crypto'
import { mintToken } from '../../../service/local/tokens.ts'
import type { TokenSubject } from '../../../service/local/tokens.ts'

const TOKEN_SECONDS = 900
const ORG = 'verify'

/** Someone who is known to the deployment. */
export interface User {
  /** What proves it, and must not be told to anybody. */
  readonly token: string
  /** What a request of this user shows. */
  readonly headers: Readonly<Record<string, string>>
}

/** What tokens can be made with, where that is known. */
export interface Mint {
  readonly secret: string
  /** What the deployment demands of tokens beside their users. */
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
}

/** Two users, and a third one who has the name of the first in another organisation. */
export interface Users {
  readonly owner: User
  /** Undefined when only one token was given. */
  readonly stranger: User | undefined
  readonly namesake: User | undefined
}

/** Makes users who exist for this purpose alone, for a quarter of an hour. */
export async function mintUsers(mint: Mint): Promise<Users> {
  const { secret, issuer, audience } = mint
  const name = `verify-${randomUUID()}`
  const as = async (subject: TokenSubject): Promise<User> =>
    userOf(await mintToken({ ...subject, issuer, audience }, secret, TOKEN_SECONDS))
  return {
    owner: await as({ user: name, org: ORG }),
    stranger: await as({ user: `${name}-other`, org: ORG }),
    namesake: await as({ user: name, org: `${ORG}-other` }),
  }
}

/** The same as a gateway that proves itself by its secret says who they are. */
export function gatewayUsers(secret: string): Users {
  const name = `verify-${randomUUID()}`
  const as = (user: string, org: string): User => ({
    token: secret,
    headers: { 'x-gateway-secret': secret, 'x-user-id': user, 'x-org-id': org },
  })
  return {
    owner: as(name, ORG),
    stranger: as(`${name}-other`, ORG),
    namesake: as(name, `${ORG}-other`),
  }
}

/** The users of one or two tokens, which are shown in a header of another name if one is given. */
export function usersOf(
  [owner, stranger]: readonly string[],
  place: TokenPlace = {},
): Users | undefined {
  if (owner === undefined) return undefined
  return {
    owner: userOf(owner, place),
    stranger: stranger === undefined ? undefined : userOf(stranger, place),
    namesake: undefined,
  }
}

/** Where tokens are shown. */
export interface TokenPlace {
  /** @default authorization, as a bearer token */
  readonly header?: string | undefined
  /** The page that cookies are sent from: they count from no other. */
  readonly origin?: string | undefined
}

function userOf(token: string, { header, origin }: TokenPlace = {}): User {
  if (header === undefined) return { token, headers: bearer(token) }
  const isCookie = header.toLowerCase() === 'cookie'
  return { token, headers: { [header]: token, ...(isCookie && origin ? { origin } : {}) } }
}

export function bearer(token: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${token}` }
}
