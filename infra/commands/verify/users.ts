import { randomUUID } from 'node:crypto'
import { mintToken } from '../../../service/local/tokens.ts'
import type { TokenSubject } from '../../../service/local/tokens.ts'

const TOKEN_SECONDS = 900
const ORG = 'verify'

/** Someone who is known to the deployment. */
export interface User {
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

/** The users of one or two tokens, which are shown in a header of another name if one is given. */
export function usersOf([owner, stranger]: readonly string[], header?: string): Users | undefined {
  if (owner === undefined) return undefined
  return {
    owner: userOf(owner, header),
    stranger: stranger === undefined ? undefined : userOf(stranger, header),
    namesake: undefined,
  }
}

function userOf(token: string, header?: string): User {
  return { token, headers: header === undefined ? bearer(token) : { [header]: token } }
}

export function bearer(token: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${token}` }
}
