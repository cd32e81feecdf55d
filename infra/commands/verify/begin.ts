import { CommandError } from '../command.ts'
import { Site } from './site.ts'
import type { SiteOptions } from './site.ts'
import type { User } from './users.ts'
import { codeAndMessage } from './wire.ts'

/** Nothing could be looked at, so nothing can be said about the deployment. */
export class CannotRunError extends CommandError {}

const UNTRUSTED =
  /CERT_|_CERT|ERR_TLS_CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)|ERR_SSL|EPROTO|HOSTNAME_MISMATCH/

export interface Beginning {
  readonly site: Site
  /** Why no token may be sent there: its certificate is not to be trusted. */
  readonly distrust: string | undefined
}

/**
 * A deployment that answers and knows the users, so that the checks mean something.
 *
 * @throws CannotRunError that says what is in the way
 */
export async function begin(options: SiteOptions): Promise<Beginning> {
  const site = new Site(options)
  const { base } = options.wire
  try {
    await options.wire.ask({ method: 'GET', path: '/health' })
  } catch (error) {
    const reason = codeAndMessage(error)
    if (UNTRUSTED.test(reason)) return { site, distrust: reason }
    const hint = isLocal(base) ? ' Is it running? npm start' : ''
    throw new CannotRunError(`Nothing answers at ${base.origin}: ${reason}.${hint}`)
  }
  const { owner, stranger, namesake } = options.users
  for (const user of [owner, stranger, namesake]) if (user) await demandKnown(site, user)
  return { site, distrust: undefined }
}

/** Whether an address is on this machine, where nothing has to be encrypted. */
export function isLocal({ hostname }: URL): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)
}

async function demandKnown(site: Site, user: User): Promise<void> {
  const { status } = await site.post({ type: 'threads.list', params: { limit: 1 } }, user)
  if (status === 200) return
  const { origin } = site.wire.base
  const reasons: Readonly<Record<number, string>> = {
    401: 'has it expired, or was it made with the secret (and the issuer and audience) of another deployment?',
    404: 'is the address that of the service, without /chatkit?',
  }
  const reason = reasons[status] ?? 'see its log.'
  throw new CannotRunError(`${origin} answers a good request with ${status}: ${reason}`)
}
