import { createHash, timingSafeEqual } from 'node:crypto'
import { shows, singleHeaders } from './header-credentials.ts'
import { identityFromHeaders } from './identity-headers.ts'
import type { Pattern, SignInRequest } from './pattern.ts'
import { refuse } from './refusal.ts'
import type { Identity } from './request-context.ts'
import { weaknessOf } from './secret-strength.ts'

const SECRET_HEADER = 'x-gateway-secret'

/**
 * Believes the identity headers of a gateway that has signed in the user itself, and that proves
 * to be the gateway by a secret in `x-gateway-secret`. It has to remove all of these headers from
 * what it lets through.
 */
export class Gateway implements Pattern {
  readonly name = 'gateway'
  readonly #secrets: () => Promise<readonly string[]>

  /** The secrets that are valid now. A weak one opens nothing. */
  constructor(secrets: () => Promise<readonly string[]>) {
    this.#secrets = secrets
  }

  isShown(request: SignInRequest): boolean {
    return shows(request, SECRET_HEADER)
  }

  async identify(request: SignInRequest): Promise<Identity> {
    const { secret = '' } = singleHeaders(request, { secret: SECRET_HEADER })
    const digest = digestOf(secret)
    let isRight = false
    for (const known of await this.#secrets()) {
      if (weaknessOf(known)) continue
      // Digests have one length, and the comparison takes one time whatever is different.
      isRight = timingSafeEqual(digest, digestOf(known)) || isRight
    }
    if (!isRight) throw refuse('gateway_secret')
    return identityFromHeaders(request)
  }
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret, 'utf8').digest()
}
