import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import type { TestContext } from 'node:test'

/** A wire between a service and its database that can be cut, and can swallow what it is given. */
export class TcpProxy {
  readonly url: string
  readonly #pairs: ReadonlySet<Socket>
  readonly #setMode: (mode: Mode) => void

  constructor(url: string, pairs: ReadonlySet<Socket>, setMode: (mode: Mode) => void) {
    this.url = url
    this.#pairs = pairs
    this.#setMode = setMode
  }

  /** Breaks every connection and refuses new ones, as when the database is gone. */
  cut(): void {
    this.#setMode('cut')
    for (const socket of this.#pairs) socket.destroy()
  }

  /** Lets connections stand and answers nothing, as when the database is frozen. */
  freeze(): void {
    this.#setMode('frozen')
    for (const socket of this.#pairs) socket.pause()
  }

  restore(): void {
    this.#setMode('open')
    for (const socket of this.#pairs) socket.resume()
  }
}

type Mode = 'open' | 'cut' | 'frozen'

/** Puts a proxy in front of a database; it ends with the test. */
export async function startTcpProxy(t: TestContext, databaseUrl: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let mode: Mode = 'open'
  const track = (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    if (mode === 'frozen') socket.pause()
  }
  const server = createServer((client) => {
    if (mode === 'cut') {
      client.resetAndDestroy()
      return
    }
    const upstream = connect(Number(port), hostname)
    track(client)
    track(upstream)
    client.on('data', (chunk) => upstream.write(chunk))
    upstream.on('data', (chunk) => client.write(chunk))
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
    if (mode === 'frozen') for (const socket of [client, upstream]) socket.pause()
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  // Registered from within a hook, it comes last: whoever uses the wire can close first.
  t.after(() => {
    t.after(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
  })
  const url = new URL(databaseUrl)
  url.port = String(portOf(server.address()))
  return new TcpProxy(url.href, sockets, (next) => {
    mode = next
  })
}

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === 'string') throw new Error('the proxy does not listen')
  return address.port
}
