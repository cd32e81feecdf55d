import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { BenchRequest } from './requests.ts'

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
  readonly #port: number
  #chunks: Buffer[] = []
  #startedAt = 0
  #firstByteMs = 0
  #bytesLeft = 0
  #waiting: PromiseWithResolvers<Heard> | undefined

  private constructor(socket: Socket, port: number) {
    this.#socket = socket
    this.#port = port
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('close', () => this.#waiting?.reject(new Error('the connection was closed')))
    socket.on('error', (error) => this.#waiting?.reject(error))
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    await once(socket, 'connect')
    return new Connection(socket, port)
  }

  /** Sends a request; resolves when its answer is complete. */
  post({ token, body }: BenchRequest): Promise<Heard> {
    if (this.#waiting) throw new Error('one request at a time')
    if (this.#socket.destroyed) throw new Error('the connection was closed')
    this.#waiting = Promise.withResolvers()
    this.#chunks = []
    this.#startedAt = performance.now()
    this.#socket.write(
      `POST /chatkit HTTP/1.1\r\nhost: 127.0.0.1:${this.#port}\r\n` +
        `content-type: application/json\r\nauthorization: Bearer ${token}\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    )
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
export async function openAll(count: number, port: number) {
  const opening = Array.from({ length: count }, () => Connection.open(port))
  const all = await Promise.all(opening)
  return {
    all,
    [Symbol.dispose]() {
      for (const connection of all) connection[Symbol.dispose]()
    },
  }
}
