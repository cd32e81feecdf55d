import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import { PING_FRAME } from '../protocol/frames.ts'
import type { FrameFeed } from '../runs/frame-feed.ts'
import { UNREAD_PINGS_MAX } from './limits.ts'

export interface EventStreamOptions {
  readonly heartbeatMs: number
  /** The first frame to send: beyond 1 for a client that has heard the beginning already. */
  readonly fromSequence: number
}

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
} as const

/**
 * Sends the frames of a feed as they come, as server-sent events.
 *
 * The feed does not wait for its readers: one that falls behind by more than the feed keeps, or
 * leaves everything unread for two pings, is disconnected. When the reader leaves, only its
 * subscription ends; what becomes of the answer is not decided here.
 */
export function sendEvents(
  reply: FastifyReply,
  feed: FrameFeed,
  options: EventStreamOptions,
): FastifyReply {
  reply.hijack()
  // What hooks have set so far, such as the CORS headers, belongs to a stream as well.
  for (const [name, value] of Object.entries({ ...reply.getHeaders(), ...HEADERS })) {
    if (value !== undefined) reply.raw.setHeader(name, value)
  }
  reply.raw.writeHead(200)
  new EventStream(reply.raw, feed, options).start()
  return reply
}

/** Ends a body that is sent in chunks. */
const LAST_CHUNK = '0\r\n\r\n'

class EventStream {
  readonly #response: ServerResponse
  readonly #feed: FrameFeed
  readonly #heartbeat: NodeJS.Timeout
  readonly #isChunked: boolean
  readonly #onTurn = () => {
    this.#isScheduled = false
    this.#flush()
  }
  #next: number
  #isScheduled = false
  #isFull = false
  #unreadPings = 0
  #unsubscribe: () => void = () => undefined

  constructor(response: ServerResponse, feed: FrameFeed, options: EventStreamOptions) {
    this.#response = response
    this.#feed = feed
    this.#next = options.fromSequence
    // Node writes a chunk in four pieces, which takes half as long again as one write. HTTP/1.0
    // knows no chunks, so the head that has been made by now decides.
    this.#isChunked = response.chunkedEncoding
    response.chunkedEncoding = false
    this.#heartbeat = setInterval(() => this.#ping(), options.heartbeatMs)
  }

  start(): void {
    this.#unsubscribe = this.#feed.subscribe(() => this.#schedule())
    this.#response.on('close', () => this.#stop())
    this.#response.on('error', () => this.#response.destroy())
    this.#response.on('drain', () => {
      this.#isFull = false
      this.#unreadPings = 0
      this.#flush()
    })
    if (this.#response.destroyed) {
      this.#stop()
      return
    }
    // Without a frame to go with them the headers would wait for the first ping.
    if (this.#next === this.#feed.nextSequence) this.#response.flushHeaders()
    this.#flush()
  }

  /** Everything that happens in one turn of the event loop leaves in one write. */
  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(this.#onTurn)
  }

  #flush(): void {
    if (this.#response.destroyed || this.#response.writableEnded) return
    if (!this.#feed.holds(this.#next)) {
      this.#response.destroy()
      return
    }
    if (this.#isFull) return
    const text = this.#feed.readFrom(this.#next) ?? ''
    if (text !== '') {
      this.#next = this.#feed.nextSequence
      this.#write(text)
      this.#heartbeat.refresh()
    }
    if (!this.#feed.ended) return
    if (this.#isChunked) this.#response.end(LAST_CHUNK)
    else this.#response.end()
  }

  #write(text: string): void {
    const bytes = Buffer.byteLength(text)
    const body = this.#isChunked ? `${bytes.toString(16)}\r\n${text}\r\n` : text
    // Of ASCII both have the same bytes, and these need no encoding.
    const encoding = bytes === text.length ? 'latin1' : 'utf8'
    this.#isFull = !this.#response.write(body, encoding)
  }

  #ping(): void {
    if (!this.#isFull && !this.#response.writableEnded) {
      this.#write(PING_FRAME)
      return
    }
    this.#unreadPings += 1
    if (this.#unreadPings >= UNREAD_PINGS_MAX) this.#response.destroy()
  }

  #stop(): void {
    clearInterval(this.#heartbeat)
    this.#unsubscribe()
  }
}
