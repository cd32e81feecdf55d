import { createHash, timingSafeEqual } from 'node:crypto'
import { shows, singleHeaders } from './header-credentials.ts'
import { IDENTITY_HEADERS, identityFromHeaders } from './identity-headers.ts'
import type { Pattern, SignInRequest } from './pattern.ts'
import { refuse } from './refusal.ts'
import type { Identity } from './request-context.ts'
import { weaknessOf } from './secret-strength.ts'

const SECRET_HEADER = 'x-gateway-secret'
/** What a load balancer of AWS says of the client's certificate that it has verified. */
const CERTIFICATE_HEADERS = {
  subject: 'x-amzn-mtls-clientcert-subject',
  issuer: 'x-amzn-mtls-clientcert-issuer',
} as const

/** A certificate as RFC 2253 names it, in the spelling of the balancer. */
export interface GatewayCertificate {
  readonly subject: string
  readonly issuer: string
}

export interface GatewayOptions {
  /** The secrets that are valid now. A weak one opens nothing. Undefined if none is asked for. */
  readonly secrets?: (() => Promise<readonly string[]>) | undefined
  /** Those of the gateway. Empty if none is asked for. */
  readonly certificates: readonly GatewayCertificate[]
}

/**
 * Believes the identity headers of a gateway that has signed in the user itself, and that proves to
 * be the gateway: by a secret in `x-gateway-secret`, by its certificate, or by both if both are
 * configured. It has to remove all of these headers from what it lets through.
 *
 * The certificate is what the balancer says that it is. That is a proof only where nothing but the
 * balancer reaches this service, and where the balancer verifies certificates: it then writes these
 * headers itself. Somebody has to know that, so there is no default.
 */
export class Gateway implements Pattern {
  readonly name = 'gateway'
  readonly #options: GatewayOptions

  constructor(options: GatewayOptions) {
    this.#options = options
  }

  isShown(request: SignInRequest): boolean {
    if (shows(request, SECRET_HEADER)) return true
    // The balancer adds these to all requests, also to those that bring a token instead of a name.
    const names = [...Object.values(CERTIFICATE_HEADERS), IDENTITY_HEADERS.user]
    return this.#options.certificates.length > 0 && names.every((name) => shows(request, name))
  }

  async identify(request: SignInRequest): Promise<Identity> {
    const { secrets, certificates } = this.#options
    if (secrets) demandSecret(request, await secrets())
    if (certificates.length > 0) demandCertificate(request, certificates)
    if (!secrets && certificates.length === 0) throw refuse('gateway_secret')
    return identityFromHeaders(request)
  }
}

function demandSecret(request: SignInRequest, secrets: readonly string[]): void {
  const { secret = '' } = singleHeaders(request, { secret: SECRET_HEADER })
  const digest = digestOf(secret)
  let isRight = false
  for (const known of secrets) {
    if (weaknessOf(known)) continue
    // Digests have one length, and the comparison takes one time whatever is different.
    isRight = timingSafeEqual(digest, digestOf(known)) || isRight
  }
  if (!isRight) throw refuse('gateway_secret')
}

function demandCertificate(
  request: SignInRequest,
  certificates: readonly GatewayCertificate[],
): void {
  const { subject, issuer } = singleHeaders(request, CERTIFICATE_HEADERS)
  const isKnown = certificates.some((known) => known.subject === subject && known.issuer === issuer)
  if (!isKnown) throw refuse('gateway_certificate')
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret, 'utf8').digest()
}
