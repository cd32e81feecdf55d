import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** What arrived at once, and when: milliseconds after the request was sent. */
export interface Arrival {
  readonly atMs: number
  readonly text: string
}

/** A streamed answer as it arrives. */
export class Flow {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly arrivals: Arrival[] = []
  /** When the connection ended, and whether the answer was whole by then. */
  readonly ended: Promise<FlowEnd>
  readonly #response: IncomingMessage
  #end: FlowEnd | undefined

  constructor(response: IncomingMessage, startedAt: number) {
    this.#response = response
    this.status = response.statusCode ?? 0
    this.headers = headersOf(response)
    const { promise, resolve } = Promise.withResolvers<FlowEnd>()
    this.ended = promise
    response.setEncoding('utf8')
    response.on('data', (text: string) => {
      this.arrivals.push({ atMs: Date.now() - startedAt, text })
    })
    response.on('error', () => undefined) // 'close' follows
    response.once('close', () => {
      this.#end = { atMs: Date.now() - startedAt, isWhole: response.complete }
      resolve(this.#end)
    })
  }

  /** Undefined while it goes on. */
  get end(): FlowEnd | undefined {
    return this.#end
  }

  get text(): string {
    return this.arrivals.map(({ text }) => text).join('')
  }

  /** Waits until more has arrived, or its end. */
  async next(): Promise<void> {
    const arrival = Promise.withResolvers<void>()
    this.#response.once('data', () => arrival.resolve())
    await Promise.race([arrival.promise, this.ended])
  }

  /** Waits for its end, but no longer than this; whatever still comes then is not read. */
  async read(milliseconds: number): Promise<FlowEnd | undefined> {
    const abort = new AbortController()
    const patience = sleep(milliseconds, undefined, { signal: abort.signal }).catch(() => undefined)
    await Promise.race([this.ended, patience])
    abort.abort()
    const { end } = this
    if (!end) this.stop()
    return end
  }

  stop(): void {
    this.#response.destroy()
  }
}

export interface FlowEnd {
  readonly atMs: number
  readonly isWhole: boolean
}

/** The headers of an answer: names in lower case, repeats joined by commas. */
export function headersOf(response: IncomingMessage): ReadonlyMap<string, string> {
  const headers = Object.entries(response.headersDistinct)
  return new Map(headers.map(([name, values]) => [name, (values ?? []).join(', ')]))
}
