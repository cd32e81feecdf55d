import { connect } from 'node:net'
import type { Socket } from 'node:net'

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number
  /** Names in lower case, in the order they came, repeats included. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

export interface RawRequest {
  /** @default POST */
  readonly method?: string
  /** @default /chatkit */
  readonly path?: string
  /** As they are written, so a name may come twice. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
  /** Sent without its length unless that is among the headers or `body` is all there is to it. */
  readonly body?: string | Buffer
}

const HEAD_END = '\r\n\r\n'
const SILENCE_MS_MAX = 60_000

/**
 * Sends one request exactly as it is written down and resolves with its answer, as soon as that
 * is complete: also when the request is not.
 */
export async function sendRaw(url: string, request: RawRequest = {}): Promise<RawAnswer> {
  const socket = open(url)
  try {
    socket.write(toText(request), 'latin1')
    return await readAnswer(socket)
  } finally {
    socket.destroy()
  }
}

/** A connection to a service, for a test that reads or writes in its own time. */
export function open(url: string): Socket {
  const { hostname, port } = new URL(url)
  return connect({ host: hostname, port: Number(port) })
}

/** The request as text: a body without a `content-length` or a `transfer-encoding` gets one. */
export function toText({ method = 'POST', path = '/chatkit', headers = [], body }: RawRequest) {
  const hasLength = headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name))
  const length: readonly (readonly [string, string])[] =
    body === undefined || hasLength ? [] : [['content-length', String(Buffer.byteLength(body))]]
  const lines = [['host', 'test'] as const, ...headers, ...length]
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return `${method} ${path} HTTP/1.1\r\n${head}\r\n${latin1(body ?? '')}`
}

/** Reads one answer; a stream counts as complete when its last chunk is there. */
export async function readAnswer(socket: Socket): Promise<RawAnswer> {
  let text = ''
  socket.setTimeout(SILENCE_MS_MAX, () => socket.destroy(new Error('no answer')))
  for await (const chunk of socket.setEncoding('latin1')) {
    text += String(chunk)
    if (isComplete(text)) break
  }
  return parse(text)
}

/** The value of a header that must come at most once. */
export function headerOf({ headers }: RawAnswer, name: string): string | undefined {
  const values = headers.filter(([other]) => other === name)
  if (values.length > 1) throw new Error(`${name} came ${values.length} times`)
  return values[0]?.[1]
}

/** What must not differ between two answers: everything but the request's own id and the time. */
export function comparable(answer: RawAnswer): RawAnswer {
  const headers = answer.headers.filter(([name]) => name !== 'x-request-id' && name !== 'date')
  return { ...answer, headers }
}

function latin1(body: string | Buffer): string {
  return Buffer.from(body).toString('latin1')
}

function isComplete(text: string): boolean {
  const end = text.indexOf(HEAD_END)
  if (end < 0) return false
  const head = text.slice(0, end).toLowerCase()
  if (head.startsWith('http/1.1 204')) return true
  const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1]
  const received = text.length - end - HEAD_END.length
  if (length !== undefined) return received >= Number(length)
  return head.includes('transfer-encoding: chunked') && text.endsWith('\r\n0\r\n\r\n')
}

function parse(text: string): RawAnswer {
  const end = text.indexOf(HEAD_END)
  const [first = '', ...lines] = text.slice(0, end).split('\r\n')
  const headers = lines.map((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const
  })
  const isChunked = headers.some(([name]) => name === 'transfer-encoding')
  const body = text.slice(end + HEAD_END.length)
  return {
    status: Number(first.split(' ')[1]),
    headers,
    body: Buffer.from(isChunked ? joinChunks(body) : body, 'latin1').toString('utf8'),
  }
}

function joinChunks(text: string): string {
  let joined = ''
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\r\n', at)
    const size = Number.parseInt(text.slice(at, end), 16)
    joined += text.slice(end + 2, end + 2 + size)
    at = end + 2 + size + 2
  }
  return joined
}
