import { claimsOf, forge, namesOf, strangersPair, strangersSecret } from './forge.ts'
import type { Site } from './site.ts'
import { bearer } from './users.ts'
import type { Mint } from './users.ts'

type Headers = Readonly<Record<string, string>>

/** Something that is no valid proof of who somebody is, in every spelling that is tried. */
export interface Credential {
  readonly id: string
  readonly title: string
  readonly remedy: string
  /** Whether the first spelling is tried on every operation. */
  readonly isEverywhere: boolean
  /** The headers to send, or why there are none. */
  readonly headersFor: (site: Site) => readonly Headers[] | string
}

const HS256 = { alg: 'HS256', typ: 'JWT' }
const HOUR = 3_600
// No more than a minute of difference between clocks may be forgiven.
const BEYOND_SKEW_SECONDS = 90
const NEEDS_MINT = 'needs --mint: only the holder of the secret can make such a token'
const SIGNATURE_REMEDY = 'Verify the signature of every token, by the configured key alone.'

export const credentials: readonly Credential[] = [
  {
    id: 'none',
    title: 'no token',
    remedy: 'Register every route in the scope that authenticates.',
    isEverywhere: true,
    headersFor: () => [{}],
  },
  {
    id: 'scheme',
    title: 'wrong scheme',
    remedy: 'Accept the scheme Bearer with exactly one token and nothing else.',
    isEverywhere: true,
    headersFor: ({ users: { owner } }) =>
      [
        `Basic ${Buffer.from('user:password').toString('base64')}`,
        owner.token,
        `Token ${owner.token}`,
        `Bearer Bearer ${owner.token}`,
        `Bearer ${owner.token} ${owner.token}`,
      ].map(authorization),
  },
  {
    id: 'empty',
    title: 'empty token',
    remedy: 'Refuse a token that is empty or the name of nothing.',
    isEverywhere: true,
    headersFor: () =>
      ['Bearer', '', 'Bearer null', 'Bearer undefined', 'Bearer ..'].map(authorization),
  },
  {
    id: 'expired',
    title: 'expired token',
    remedy: 'Verify exp, with at most 60 s of tolerance.',
    isEverywhere: true,
    headersFor: ifMinted(({ secret, claims, now }) =>
      [HOUR, BEYOND_SKEW_SECONDS].map((ago) =>
        signed({ ...claims, iat: now - 2 * HOUR, exp: now - ago }, secret),
      ),
    ),
  },
  {
    id: 'wrong-key',
    title: 'wrong key',
    remedy: SIGNATURE_REMEDY,
    isEverywhere: true,
    headersFor: (site) => [signed(validClaims(site), strangersSecret())],
  },
  {
    id: 'altered',
    title: 'altered token',
    remedy: SIGNATURE_REMEDY,
    isEverywhere: false,
    headersFor: (site) => {
      const from = site.users.owner.token
      if (!claimsOf(from)) return 'the token is no JSON Web Token'
      const claims = { ...validClaims(site), sub: 'somebody-else' }
      return [bearer(forge({ header: HS256, claims, signature: { kind: 'copied', from } }))]
    },
  },
  {
    id: 'no-algorithm',
    title: 'alg: none',
    remedy: 'Allow the algorithms that are needed by name.',
    isEverywhere: false,
    headersFor: (site) => {
      const from = site.users.owner.token
      const claims = validClaims(site)
      return ['none', 'None', 'NONE', 'nOnE', ''].flatMap((alg) =>
        [{ kind: 'none' } as const, { kind: 'copied', from } as const].map((signature) =>
          bearer(forge({ header: { ...HS256, alg }, claims, signature })),
        ),
      )
    },
  },
  {
    id: 'own-key',
    title: 'a key that the token brings along',
    remedy: 'Ignore jwk, jku, x5u and kid of a token where keys are concerned.',
    isEverywhere: false,
    headersFor: (site) => tokensWithKeys(validClaims(site)),
  },
  {
    id: 'confusion',
    title: 'confused algorithms',
    remedy:
      'Bind each key to one algorithm: HMAC with a shared secret, RS256 and others with a public key.',
    isEverywhere: false,
    headersFor: ifMinted(({ secret: key, claims }) => [
      ...['RS256', 'ES256', 'PS256', 'EdDSA', 'hs256'].map((alg) =>
        bearer(forge({ header: { ...HS256, alg }, claims, signature: { kind: 'hmac', key } })),
      ),
      ...(['sha384', 'sha512'] as const).map((hash) => {
        const header = { ...HS256, alg: hash.replace('sha', 'HS') }
        return bearer(forge({ header, claims, signature: { kind: 'hmac', key, hash } }))
      }),
    ]),
  },
  {
    id: 'claims',
    title: 'claims that are missing or of the wrong type',
    remedy: 'Require exp and sub, with their types; honour nbf and iat.',
    isEverywhere: false,
    headersFor: ifMinted(({ secret, claims, now }) =>
      [
        { ...claims, exp: undefined },
        { ...claims, exp: String(now + HOUR) },
        { ...claims, sub: undefined },
        { ...claims, sub: '' },
        { ...claims, sub: 7 },
        { ...claims, nbf: now + HOUR },
        { ...claims, iat: now + HOUR },
      ].map((wrong) => signed(wrong, secret)),
    ),
  },
  {
    id: 'development-header',
    title: 'x-user-id instead of a token',
    remedy: 'Switch the development header off; it must not exist in production.',
    isEverywhere: false,
    headersFor: (site) => {
      const sub = namesOf(site.users.owner.token).sub ?? 'verify'
      const alone: Headers = { 'x-user-id': sub }
      return [alone, { ...alone, 'x-gateway-secret': strangersSecret() }, { x_user_id: sub }]
    },
  },
]

interface Minting {
  readonly secret: string
  readonly claims: Readonly<Record<string, unknown>>
  /** Seconds since 1970. */
  readonly now: number
}

function ifMinted(make: (minting: Minting) => readonly Headers[]): Credential['headersFor'] {
  return (site) => {
    const mint: Mint | undefined = site.options.mint
    if (!mint) return NEEDS_MINT
    return make({ secret: mint.secret, claims: validClaims(site), now: nowSeconds() })
  }
}

/** Claims that only lack the right signature. */
function validClaims(site: Site): Readonly<Record<string, unknown>> {
  const claims = claimsOf(site.users.owner.token) ?? { sub: 'verify' }
  return { ...claims, exp: nowSeconds() + HOUR }
}

function signed(claims: Readonly<Record<string, unknown>>, key: string): Headers {
  return bearer(forge({ header: HS256, claims, signature: { kind: 'hmac', key } }))
}

/** Tokens that tell the service which key to use, and are right by that one. */
function tokensWithKeys(claims: Readonly<Record<string, unknown>>): readonly Headers[] {
  const { privateKey, publicKey } = strangersPair()
  const jwk = { ...publicKey.export({ format: 'jwk' }), alg: 'RS256', kid: 'own' }
  const rs256 = { alg: 'RS256', typ: 'JWT', kid: 'own' }
  const byPair = [rs256, { ...rs256, jwk }, { ...rs256, jku: 'https://example.com/jwks.json' }]
  const key = strangersSecret()
  const k = Buffer.from(key).toString('base64url')
  return [
    ...byPair.map((header) =>
      bearer(forge({ header, claims, signature: { kind: 'rsa', key: privateKey } })),
    ),
    bearer(
      forge({
        header: { ...HS256, jwk: { kty: 'oct', k, alg: 'HS256' } },
        claims,
        signature: { kind: 'hmac', key },
      }),
    ),
    // What a path or a statement in the place of a key's id would lead to.
    ...['../../../../dev/null', "' union select '"].map((kid) =>
      bearer(forge({ header: { ...HS256, kid }, claims, signature: { kind: 'hmac', key: '' } })),
    ),
  ]
}

function authorization(value: string): Headers {
  return { authorization: value }
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1_000)
}
