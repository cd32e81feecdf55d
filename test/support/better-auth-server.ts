import { createServer } from 'node:http'
import type { TestContext } from 'node:test'
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { toNodeHandler } from 'better-auth/node'
import { bearer, jwt } from 'better-auth/plugins'
import { z } from 'zod'

const SECRET = 'Yq3nT8wLr5KvB1xZ7cPf9mHd2sGj6uEa'
const PASSWORD = 'correct horse battery staple'
const SessionCookie = /^(better-auth\.session_token)=([^;]+)/

const SignedIn = z.object({ token: z.string(), user: z.object({ id: z.string() }) })
const Token = z.object({ token: z.string() })

/** A user who has signed in, and what a frontend has of that. */
export interface SignedInUser {
  readonly id: string
  readonly token: string
  /** Name and value of the cookie. */
  readonly cookie: string
}

/** A Better Auth server on a port of its own, with `bearer` and `jwt`. */
export class BetterAuthServer {
  readonly url: string
  /** The paths that it was asked for, in order. */
  readonly asked: string[] = []

  constructor(url: string) {
    this.url = url
  }

  async signUp(name: string): Promise<SignedInUser> {
    const email = `${name}@example.com`
    await this.#post('sign-up/email', { name, email, password: PASSWORD })
    const response = await this.#post('sign-in/email', { email, password: PASSWORD })
    const { token, user } = SignedIn.parse(await response.json())
    const cookies = response.headers.getSetCookie()
    const cookie = cookies.map((text) => SessionCookie.exec(text)?.[0]).find(Boolean)
    return { id: user.id, token, cookie: cookie ?? '' }
  }

  async signOut({ cookie }: SignedInUser): Promise<void> {
    await this.#post('sign-out', {}, { cookie })
  }

  /** A token for other services, signed with a key that the server publishes. */
  async jwtOf({ token }: SignedInUser): Promise<string> {
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetch(`${this.url}/api/auth/token`, { headers })
    return Token.parse(await response.json()).token
  }

  async #post(path: string, body: object, headers = {}): Promise<Response> {
    const response = await fetch(`${this.url}/api/auth/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', origin: this.url, ...headers },
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return response
  }
}

/** Starts one with an empty database in memory; it ends with the test. */
export async function startBetterAuth(t: TestContext): Promise<BetterAuthServer> {
  const http = createServer()
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    http.closeAllConnections()
    http.close()
  })
  const address = http.address()
  if (address === null || typeof address === 'string') throw new Error('it does not listen')
  const server = new BetterAuthServer(`http://127.0.0.1:${address.port}`)
  const auth = betterAuth({
    baseURL: server.url,
    secret: SECRET,
    database: memoryAdapter({ user: [], session: [], account: [], verification: [], jwks: [] }),
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    plugins: [bearer(), jwt()],
  })
  const handle = toNodeHandler(auth)
  http.on('request', (request, response) => {
    server.asked.push(request.url ?? '')
    void handle(request, response)
  })
  return server
}
