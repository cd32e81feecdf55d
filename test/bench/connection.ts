import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'

export interface Heard {
  readonly status: number
  readonly firstByteMs: number
  readonly wholeMs: number
  /** All that came, head and framing included. */
  readonly text: string
}

/**
 * A keep-alive connection that sends one request at a time. It knows as much HTTP as the subjects
 * speak: a client that knew more would take from them the CPU that they are measured by.
 */
export class Connection implements Disposable {
  readonly #socket: Socket
  readonly #head: string
  #chunks: Buffer[] = []
  #startedAt = 0
  #firstByteMs = 0
  #bytesLeft = 0
  #waiting: PromiseWithResolvers<Heard> | undefined

  private constructor(socket: Socket, head: string) {
    this.#socket = socket
    this.#head = head
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('close', () => this.#waiting?.reject(new Error('the connection was closed')))
    socket.on('error', (error) => this.#waiting?.reject(error))
  }

  static async open(port: number, token: string): Promise<Connection> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    await once(socket, 'connect')
    const head =
      `POST /chatkit HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\n` +
      `authorization: Bearer ${token}\r\n`
    return new Connection(socket, head)
  }

  /** Sends a request; resolves when its answer is complete. */
  post(body: string): Promise<Heard> {
    if (this.#waiting) throw new Error('one request at a time')
    this.#waiting = Promise.withResolvers()
    this.#chunks = []
    this.#startedAt = performance.now()
    const length = `content-length: ${Buffer.byteLength(body)}\r\n\r\n`
    this.#socket.write(this.#head + length + body)
    return this.#waiting.promise
  }

  [Symbol.dispose](): void {
    this.#waiting = undefined
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    if (this.#chunks.length === 0) {
      this.#firstByteMs = performance.now() - this.#startedAt
      this.#bytesLeft = lengthOf(chunk)
    }
    this.#chunks.push(chunk)
    this.#bytesLeft -= chunk.byteLength
    if (this.#bytesLeft !== 0 && !isLastChunk(chunk)) return
    const text = Buffer.concat(this.#chunks).toString('latin1')
    const status = Number(text.slice(STATUS_AT, STATUS_AT + 3))
    const wholeMs = performance.now() - this.#startedAt
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve({ status, firstByteMs: this.#firstByteMs, wholeMs, text })
  }
}

const STATUS_AT = 'HTTP/1.1 '.length

/** How long an answer is, its head included; endless for one that comes in chunks. */
function lengthOf(first: Buffer): number {
  const head = first.toString('latin1').split('\r\n\r\n', 1)[0] ?? ''
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
  return length === undefined ? Infinity : head.length + 4 + Number(length)
}

function isLastChunk(bytes: Buffer): boolean {
  const end = bytes.toString('latin1', Math.max(0, bytes.length - LAST_CHUNK.length))
  return end === LAST_CHUNK || end === LAST_CHUNK.slice(2)
}

const LAST_CHUNK = '\r\n0\r\n\r\n'

/** Several connections to one subject, closed together. */
export async function openAll(count: number, port: number, token: string) {
  const opening = Array.from({ length: count }, () => Connection.open(port, token))
  const all = await Promise.all(opening)
  return {
    all,
    [Symbol.dispose]() {
      for (const connection of all) connection[Symbol.dispose]()
    },
  }
}
