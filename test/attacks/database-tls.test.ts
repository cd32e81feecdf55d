import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { Socket, createServer } from 'node:net'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { TLSSocket } from 'node:tls'
import { Client } from 'pg'
import type { ClientConfig } from 'pg'
import { toConnection } from '../../service/store/connection.ts'
import { createDatabase } from '../support/database.ts'
import { LOCALHOST_CERTIFICATE, LOCALHOST_KEY } from '../support/localhost-certificate.ts'
import { startService } from '../support/service.ts'

// The Postgres of the tests has no TLS, so whoever gets through to it has done without.
test('in production no address can talk the service out of verified TLS', async (t) => {
  const databaseUrl = await createDatabase(t)
  for (const parameters of [
    '',
    '?sslmode=disable',
    '?sslmode=no-verify',
    '?ssl=false',
    '?ssl=0&sslmode=prefer&uselibpqcompat=true',
  ]) {
    const started = startService(t, {
      databaseUrl: `${databaseUrl}${parameters}`,
      environment: { NODE_ENV: 'production' },
    })
    await assert.rejects(started, /database offers no TLS/, parameters)
  }
})

test('a database is told nothing before its certificate has proved that it is the one of this name', async (t) => {
  const server = await startImpostor(t)
  for (const [host, ca, failure] of [
    ['localhost', undefined, /self-signed certificate/],
    ['database.example', LOCALHOST_CERTIFICATE, /does not match certificate's altnames/],
  ] as const) {
    for (const connection of await connectionsTo(host)) {
      await assert.rejects(server.connect(connection, ca), failure)
      assert.equal(server.heard, 0, host)
    }
  }
  // One of this name whose certificate is trusted is told who wants in.
  for (const connection of await connectionsTo('localhost')) {
    const before = server.heard
    await assert.rejects(server.connect(connection, LOCALHOST_CERTIFICATE), /terminated/)
    assert.ok(server.heard > before)
  }
})

// The bundle of RDS also holds the roots that certificates of its proxies end at.
const AUTHORITY =
  /Amazon RDS|CN=Amazon Root CA \d$|CN=Starfield Services Root Certificate Authority - G2$/

test('a database proves itself by the authorities of RDS, and by no others', async () => {
  for (const { ssl } of await connectionsTo('localhost')) {
    const { ca } = tlsOf(ssl)
    assert.ok(Array.isArray(ca) && ca.length > 0)
    const subjects = ca.map((one) => new X509Certificate(one).subject)
    assert.ok(subjects.some((subject) => subject.includes('Amazon RDS')))
    assert.deepEqual(
      subjects.filter((subject) => !AUTHORITY.test(subject)),
      [],
    )
  }
})

/** Both ways to say where the database is. */
async function connectionsTo(host: string): Promise<readonly ClientConfig[]> {
  const secret = { host, port: 5432, dbname: 'chat', username: 'chat', password: 'unheard' }
  const value = JSON.stringify(secret)
  const secrets = {
    read: async () => [value] as const,
    readVersions: async () => [{ stage: 'current', value, createdAt: 0 }] as const,
    refresh: async () => undefined,
  }
  const url = `postgres://chat:unheard@${host}/chat?sslmode=no-verify`
  return [
    await toConnection({ url, isVerified: true }),
    await toConnection({ secretId: 'database', secrets }),
  ]
}

/** A server that takes up TLS as Postgres does, with a certificate of `localhost`. */
async function startImpostor(t: TestContext) {
  let heard = 0
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    // What comes first asks for TLS.
    socket.once('data', () => {
      socket.write('S')
      const tls = new TLSSocket(socket, {
        isServer: true,
        cert: LOCALHOST_CERTIFICATE,
        key: LOCALHOST_KEY,
      })
      tls.on('error', () => tls.destroy())
      tls.once('data', (bytes: Buffer) => {
        heard += bytes.length
        tls.destroy()
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  return {
    get heard() {
      return heard
    },
    /** Whatever host is asked for, this server is what is there. */
    async connect(connection: ClientConfig, ca: string | undefined): Promise<void> {
      const ssl = { ...tlsOf(connection.ssl), ...(ca === undefined ? {} : { ca }) }
      const client = new Client({ ...connection, ssl, stream: () => new Redirected(port) })
      client.on('error', () => undefined)
      await client.connect()
    },
  }
}

class Redirected extends Socket {
  readonly #port: number

  constructor(port: number) {
    super()
    this.#port = port
  }

  override connect(): this {
    return super.connect(this.#port, '127.0.0.1')
  }
}

function tlsOf(ssl: ClientConfig['ssl']) {
  return typeof ssl === 'object' ? ssl : {}
}
