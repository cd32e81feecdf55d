import { IssuedToken } from '../wire/pages.ts'
import { RefusedError } from './failure.ts'

/** The part of the browser's fetch that this page needs; tests bring their own. */
export type Fetch = (...parameters: Parameters<typeof fetch>) => Promise<Response>

// A token is renewed this long before it ends, so that none runs out between here and the server.
const RENEW_BEFORE_MS = 60_000

/**
 * A fetch that speaks as `user`: it asks for a token when one is needed and adds it to the request.
 *
 * A 401 is answered once with a new token (the server may have started anew with another secret).
 * A second 401 is handed to the caller. Everything else about the request is left as it is.
 */
export function fetchAs(user: string, rawFetch: Fetch): Fetch {
  let current: Promise<IssuedToken> | undefined

  async function token(): Promise<string> {
    try {
      if (!current || isEnding(await current)) current = requestToken(user, rawFetch)
      return (await current).token
    } catch (error) {
      // A failure must not be remembered in the place of a token.
      current = undefined
      throw error
    }
  }

  async function attempt(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
    const headers = new Headers(init?.headers)
    headers.set('authorization', `Bearer ${await token()}`)
    return rawFetch(input, { ...init, headers })
  }

  return async (...parameters) => {
    const response = await attempt(...parameters)
    if (response.status !== 401) return response
    await response.body?.cancel()
    current = undefined
    return attempt(...parameters)
  }
}

function isEnding({ expiresAt }: IssuedToken): boolean {
  return Date.parse(expiresAt) - Date.now() < RENEW_BEFORE_MS
}

async function requestToken(user: string, rawFetch: Fetch): Promise<IssuedToken> {
  const response = await rawFetch('/local/token', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user }),
  })
  if (!response.ok) throw new RefusedError(response.status, `No token could be had for ${user}.`)
  return IssuedToken.parse(await response.json())
}
