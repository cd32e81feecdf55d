import { randomUUID } from 'node:crypto'
import { mintToken } from '../../../service/local/tokens.ts'
import type { TokenSubject } from '../../../service/local/tokens.ts'

const TOKEN_SECONDS = 900
const ORG = 'verify'

/** Someone who is known to the deployment. */
export interface User {
  readonly token: string
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
  const as = async (subject: TokenSubject): Promise<User> => ({
    token: await mintToken({ ...subject, issuer, audience }, secret, TOKEN_SECONDS),
  })
  return {
    owner: await as({ user: name, org: ORG }),
    stranger: await as({ user: `${name}-other`, org: ORG }),
    namesake: await as({ user: name, org: `${ORG}-other` }),
  }
}

export function usersOf([owner, stranger]: readonly string[]): Users | undefined {
  if (owner === undefined) return undefined
  return {
    owner: { token: owner },
    stranger: stranger === undefined ? undefined : { token: stranger },
    namesake: undefined,
  }
}
