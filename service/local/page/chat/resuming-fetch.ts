type Fetch = (...parameters: Parameters<typeof fetch>) => Promise<Response>

export interface ResumingOptions {
  /** How long to wait before each attempt. They begin anew with each event that is heard. */
  readonly waitsMs?: readonly number[]
  /** A connection that says nothing for this long is dead: the service sends a sign every 15 s. */
  readonly silenceMsMax?: number
}

// In the time of all attempts a deployment, a lost process or a change of networks is over.
const WAITS_MS = [250, 500, 1_000, 2_000, 4_000, 8_000]
const SILENCE_MS_MAX = 35_000
// The service knows a request without an `Idempotency-Key` again for a minute. Later, as after a
// laptop was asleep, the same request would be a new message.
const KNOWN_MS = 50_000
// The server, or the balancer before it, may be about to be replaced.
const STATUSES_TO_REPEAT = new Set([502, 503, 504])

/**
 * A fetch for ChatKit's `api.fetch` whose answers survive their connection. Where a stream is cut,
 * the same request is sent again with the `Last-Event-ID` that was heard last, and whoever reads the
 * body gets the rest as if nothing had been. What cannot be resumed fails as it would without this.
 */
export function resumingFetch(rawFetch: Fetch, options: ResumingOptions = {}): Fetch {
  return async (input, init) => {
    const response = await rawFetch(input, init)
    // A body that is read as it is sent is gone, and so is that of a `Request`.
    if (!isStream(response) || typeof init?.body !== 'string') return response
    const again = (lastEventId: string): Promise<Response> => {
      const headers = new Headers(init.headers)
      headers.set('last-event-id', lastEventId)
      return rawFetch(input, { ...init, headers })
    }
    const signal = init.signal ?? undefined
    const body = new ResumedBody(response.body, { again, signal, ...options })
    const { status, statusText, headers } = response
    return new Response(new ReadableStream(body), { status, statusText, headers })
  }
}

interface StreamResponse extends Response {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>
}

function isStream(response: Response): response is StreamResponse {
  const type = response.headers.get('content-type') ?? ''
  return response.ok && response.body !== null && type.startsWith('text/event-stream')
}

interface ResumedBodyParts extends ResumingOptions {
  readonly again: (lastEventId: string) => Promise<Response>
  readonly signal: AbortSignal | undefined
}

/** The events of one answer, from as many connections as it takes. Passes on whole events alone. */
class ResumedBody {
  readonly #parts: ResumedBodyParts
  readonly #encoder = new TextEncoder()
  readonly #waitsMs: readonly number[]
  #reader: ReadableStreamDefaultReader<Uint8Array>
  #decoder = new TextDecoder()
  #lastEventId: string | undefined
  #heardAt = Date.now()
  #unfinished = ''
  #attempts = 0
  #isLeft = false

  constructor(body: ReadableStream<Uint8Array>, parts: ResumedBodyParts) {
    this.#reader = body.getReader()
    this.#parts = parts
    this.#waitsMs = parts.waitsMs ?? WAITS_MS
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    for (;;) {
      try {
        const { done, value } = await this.#read()
        if (done && this.#unfinished === '') return controller.close()
        if (done) throw new TypeError('the answer ended in the middle of an event')
        const events = value ? this.#wholeEventsOf(value) : ''
        if (events === '') continue
        return controller.enqueue(this.#encoder.encode(events))
      } catch (error) {
        this.#reader = await this.#resume(error)
      }
    }
  }

  async cancel(reason: unknown): Promise<void> {
    this.#isLeft = true
    await this.#reader.cancel(reason)
  }

  async #read(): Promise<{ done: boolean; value?: Uint8Array | undefined }> {
    const silenceMsMax = this.#parts.silenceMsMax ?? SILENCE_MS_MAX
    let timer: ReturnType<typeof setTimeout> | undefined
    const silence = new Promise<never>((_, reject) => {
      const error = new TypeError(`nothing was heard for ${silenceMsMax} ms`)
      timer = setTimeout(() => reject(error), silenceMsMax)
    })
    try {
      return await Promise.race([this.#reader.read(), silence])
    } finally {
      clearTimeout(timer)
    }
  }

  #wholeEventsOf(bytes: Uint8Array): string {
    this.#heardAt = Date.now()
    const text = this.#unfinished + this.#decoder.decode(bytes, { stream: true })
    const end = text.lastIndexOf('\n\n')
    const whole = end === -1 ? '' : text.slice(0, end + 2)
    this.#unfinished = text.slice(whole.length)
    const lastEventId = [...whole.matchAll(/^id: (\d+)$/gm)].at(-1)?.[1]
    if (lastEventId !== undefined) {
      this.#lastEventId = lastEventId
      this.#attempts = 0
    }
    return whole
  }

  /** The rest of the answer. Throws what happened first when there is none to be had. */
  async #resume(cause: unknown): Promise<ReadableStreamDefaultReader<Uint8Array>> {
    await this.#reader.cancel(cause).catch(() => undefined)
    for (;;) {
      const waitMs = this.#waitsMs[this.#attempts]
      if (waitMs === undefined || this.#lastEventId === undefined) break
      this.#attempts += 1
      await pause(waitMs, this.#parts.signal)
      if (!this.#isWorthwhile) break
      const response = await this.#parts.again(this.#lastEventId).catch(() => undefined)
      if (response && isStream(response) && !this.#isLeft) {
        this.#unfinished = ''
        this.#decoder = new TextDecoder()
        return response.body.getReader()
      }
      await response?.body?.cancel()
      if (response && !STATUSES_TO_REPEAT.has(response.status)) break
    }
    throw cause
  }

  get #isWorthwhile(): boolean {
    const isWanted = !this.#isLeft && !this.#parts.signal?.aborted
    return isWanted && Date.now() - this.#heardAt < KNOWN_MS
  }
}

/** Waits, but not for what nobody wants any more. */
function pause(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, waitMs)
    const onAbort = (): void => {
      clearTimeout(timer)
      resolve()
    }
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
