import { SignJWT } from 'jose'

/** Who a token is for. */
export interface TokenSubject {
  readonly user: string
  readonly org?: string | undefined
  readonly plan?: string | undefined
  readonly locale?: string | undefined
  /** As the claim `org_role`, which is where the service looks unless CLAIMS says otherwise. */
  readonly role?: string | undefined
  /** What JWT_ISSUER and JWT_AUDIENCE demand, where they are set. */
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
}

/** Makes a token as a team's own backend would: HS256 by JWT_SECRET, for a limited time. */
export function mintToken(
  subject: TokenSubject,
  secret: string,
  lifetimeSeconds: number,
): Promise<string> {
  const { user, org, plan, locale, role, issuer, audience } = subject
  return new SignJWT({ org_id: org, plan, locale, org_role: role, iss: issuer, aud: audience })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(user)
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1_000) + lifetimeSeconds)
    .sign(Buffer.from(secret, 'utf8'))
}
