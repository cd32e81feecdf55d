import { createServer, request as forward } from 'node:http'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { Server } from 'node:net'
import type { TestContext } from 'node:test'
import type { TlsOptions } from 'node:tls'

/** A request on its way, as far as it has been read. */
export interface Exchange {
  readonly method: string
  readonly path: string
  /** What is sent on; a defect may change it. */
  headers: Record<string, string>
  body: string
  /** Resolves when all of the body has been read. */
  readonly whole: Promise<void>
}

export interface Head {
  status: number
  headers: Record<string, string>
}

/** One thing that is wrong with a deployment. */
export interface Defect {
  /** Changes the request before it is sent on, or answers in the place of the service. */
  readonly ask?: (exchange: Exchange) => Promise<Canned | undefined> | Canned | undefined | void
  /** Changes the head of the answer. */
  readonly head?: (head: Head, exchange: Exchange) => void
  /** Changes the text of the answer, piece by piece. */
  readonly text?: (text: string, head: Head, exchange: Exchange) => string
  /** Does with a streamed answer what it wants. */
  readonly stream?: (upstream: IncomingMessage, response: ServerResponse) => void
}

export interface Canned extends Head {
  readonly body: string
}

export interface ProxyOptions {
  readonly tls?: TlsOptions
}

/** Puts a proxy with a defect in front of a service; resolves to its port. */
export async function startProxy(
  t: TestContext,
  target: string,
  { tls, ...defect }: Defect & ProxyOptions = {},
): Promise<number> {
  const listener: RequestListener = (request, response) => {
    relay(target, defect, { request, response }).catch(() => response.destroy())
  }
  const server = tls ? createSecureServer(tls, listener) : createServer(listener)
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return await listen(server)
}

export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, 'localhost', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy does not listen')
  return address.port
}

interface Pair {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

async function relay(target: string, defect: Defect, { request, response }: Pair): Promise<void> {
  const exchange = exchangeOf(request)
  const canned = await defect.ask?.(exchange)
  if (canned) {
    response.writeHead(canned.status, canned.headers)
    response.end(canned.body)
    return
  }
  const { method, path, headers } = exchange
  const onward = forward(new URL(path, target), { method, headers, agent: false })
  // After an answer it says only that the rest of the body was not wanted.
  onward.on('error', () => (response.headersSent ? undefined : response.destroy()))
  response.on('close', () => onward.destroy())
  onward.on('response', (upstream) => answer(upstream, response, { defect, exchange }))
  // What has been read while the defect was thinking goes first.
  if (exchange.body !== '') onward.write(exchange.body, 'latin1')
  if (request.readableEnded) onward.end()
  else request.pipe(onward)
}

/** Collects the body beside whoever reads it. */
function exchangeOf(request: IncomingMessage): Exchange {
  const whole = Promise.withResolvers<void>()
  const exchange = {
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    headers: Object.fromEntries(
      Object.entries(request.headersDistinct).map(([name, values]) => [
        name,
        (values ?? []).join(', '),
      ]),
    ),
    body: '',
    whole: whole.promise,
  }
  request.on('data', (chunk: Buffer) => {
    exchange.body += chunk.toString('latin1')
  })
  request.once('end', () => whole.resolve())
  return exchange
}

function answer(
  upstream: IncomingMessage,
  response: ServerResponse,
  { defect, exchange }: { readonly defect: Defect; readonly exchange: Exchange },
): void {
  const head = { status: upstream.statusCode ?? 500, headers: headersOf(upstream) }
  defect.head?.(head, exchange)
  const isStream = head.headers['content-type']?.startsWith('text/event-stream') ?? false
  if (defect.text) delete head.headers['content-length']
  response.writeHead(head.status, head.headers)
  upstream.on('error', () => response.destroy())
  if (isStream && defect.stream) {
    defect.stream(upstream, response)
    return
  }
  if (isStream) response.flushHeaders()
  upstream.setEncoding('utf8')
  upstream.on('data', (text: string) => {
    response.write(defect.text?.(text, head, exchange) ?? text)
  })
  upstream.on('end', () => response.end())
  upstream.on('close', () => (upstream.complete ? undefined : response.destroy()))
}

function headersOf(upstream: IncomingMessage): Record<string, string> {
  const headers = Object.entries(upstream.headersDistinct)
  return Object.fromEntries(headers.map(([name, values]) => [name, (values ?? []).join(', ')]))
}

/** A deployment that changes the heads of some of its answers. */
export function withHead(change: (head: Head, exchange: Exchange) => void): Defect {
  return { head: change }
}

/** A deployment that changes the status of some of its answers. */
export function withStatus(
  status: number,
  isMeant: (exchange: Exchange, head: Head) => boolean,
): Defect {
  return withHead((head, exchange) => {
    if (isMeant(exchange, head)) head.status = status
  })
}
