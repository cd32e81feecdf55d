import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { CryptoKey, JWK, JWTPayload } from 'jose'

/** A pair of keys as an identity provider has them. */
export interface SigningKey {
  readonly kid: string
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

export async function newSigningKey(alg: string, kid: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), alg, kid, use: 'sig' }
  return { kid, alg, privateKey, jwk }
}

/** A token as a provider signs it; `header` is put over what belongs there. */
export async function signToken(
  { alg, kid, privateKey }: SigningKey,
  claims: JWTPayload,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  return await new SignJWT(claims)
    .setProtectedHeader({ alg, kid, typ: 'JWT', ...header })
    .sign(privateKey)
}

type Behaviour = (response: ServerResponse) => void

/** An identity provider's address for its keys: as fast, as honest and as alive as a test wants. */
export class KeyServer {
  readonly url: string
  /** How often it was asked. */
  asked = 0
  behaviour: Behaviour

  constructor(url: string, keys: readonly SigningKey[]) {
    this.url = url
    this.behaviour = publishing(keys)
  }

  publish(...keys: readonly SigningKey[]): void {
    this.behaviour = publishing(keys)
  }
}

function publishing(keys: readonly SigningKey[]): Behaviour {
  return (response) => response.end(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }))
}

/** Starts one that ends with the test. */
export async function startKeyServer(t: TestContext, ...keys: readonly SigningKey[]) {
  const http = createServer((_request, response) => {
    server.asked += 1
    server.behaviour(response)
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    http.closeAllConnections()
    http.close()
  })
  const address: AddressInfo | string | null = http.address()
  if (address === null || typeof address === 'string') throw new Error('it does not listen')
  const server = new KeyServer(`http://127.0.0.1:${address.port}/jwks.json`, keys)
  return server
}
