import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { Flow, headersOf } from './flow.ts'

const ANSWER_MS_MAX = 20_000
const CONNECTIONS_MAX = 6
const BODY_LENGTH_MAX = 4 * 1024 * 1024
/** How often, and for how long, a request that is turned away for now waits for its turn. */
const TURNED_AWAY_MAX = 3
const PAUSE_SECONDS_MAX = 60
const RESETS_MAX = 4
/** A server that refuses a body may do so before it has all of it. */
const STEP_LENGTH = 256 * 1024
const STEP_MS = 25

/** One request, as it is to be written. */
export interface Ask {
  /** @default POST */
  readonly method?: string
  /** @default /chatkit */
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | undefined
  /** Announces this many bytes, and sends no more than `body`. */
  readonly announcedBytes?: number
  /** Sends the body without saying how long it is. */
  readonly isChunked?: boolean
}

/** The answer to one request. */
export interface Answer {
  readonly method: string
  readonly path: string
  readonly status: number
  /** Names in lower case; a header that came twice has both values, separated by commas. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

export interface WireOptions {
  /** Certificates to trust, as PEM. @default those of Node */
  readonly ca?: string | undefined
}

/** Sends requests to one deployment and remembers what it answered. */
export class Wire {
  readonly base: URL
  readonly ca: string | undefined
  readonly #agent: HttpAgent
  readonly #answers: Answer[] = []

  constructor(base: URL, { ca }: WireOptions = {}) {
    this.base = base
    this.ca = ca
    const options = { keepAlive: true, maxSockets: CONNECTIONS_MAX }
    this.#agent = this.isEncrypted
      ? new HttpsAgent({ ...options, ...(ca === undefined ? {} : { ca }) })
      : new HttpAgent(options)
  }

  get isEncrypted(): boolean {
    return this.base.protocol === 'https:'
  }

  /** All answers so far, in the order in which they came. */
  get answers(): readonly Answer[] {
    return this.#answers
  }

  /** Sends a request and reads its whole answer. Waits and asks again when it is turned away. */
  async ask(ask: Ask): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#askOnce(ask)
      if (answer.status !== 429 || attempt > TURNED_AWAY_MAX) {
        this.#answers.push(answer)
        return answer
      }
      const seconds = Number(answer.headers.get('retry-after') ?? 1)
      await sleep(1_000 * Math.min(Math.max(seconds || 1, 1), PAUSE_SECONDS_MAX))
    }
  }

  /** Sends a request and hears its answer as it comes. */
  async open(ask: Ask): Promise<Flow> {
    const startedAt = Date.now()
    const request = this.#send(ask)
    const response = await responseTo(request)
    return new Flow(response, startedAt)
  }

  close(): void {
    this.#agent.destroy()
  }

  async #askOnce(ask: Ask): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      const request = this.#send(ask, attempt)
      try {
        return await answerTo(request, ask)
      } catch (error) {
        // A server may close an idle connection in the moment in which it is used again, and one
        // that refuses a body may close before its answer to that has been read.
        if (attempt >= RESETS_MAX || !isReset(error)) throw error
      }
    }
  }

  #send(ask: Ask, attempt = 1): ClientRequest {
    const { method = 'POST', path = '/chatkit', headers = {}, body, announcedBytes } = ask
    const length = announcedBytes ?? (body === undefined ? undefined : Buffer.byteLength(body))
    const isLengthSaid = length !== undefined && !ask.isChunked
    const open = this.isEncrypted ? httpsRequest : httpRequest
    const request = open(new URL(path, this.base), {
      method,
      agent: this.#agent,
      headers: { ...headers, ...(isLengthSaid ? { 'content-length': String(length) } : {}) },
    })
    // A server that is slow to refuse is given more time with each attempt.
    const stepMs = STEP_MS * attempt ** 3
    void write(request, body ?? '', { stepMs, isWhole: announcedBytes === undefined })
    return request
  }
}

interface WriteOptions {
  readonly stepMs: number
  /** Whether the body is all that was announced. */
  readonly isWhole: boolean
}

/** Sends a large body step by step, and no more of it once it has been answered. */
async function write(
  request: ClientRequest,
  body: string,
  { stepMs, isWhole }: WriteOptions,
): Promise<void> {
  let isAnswered = false
  request.once('response', () => (isAnswered = true))
  const steps = Math.ceil(body.length / STEP_LENGTH) || 1
  if (steps > 1) request.flushHeaders()
  for (let step = 0; step < steps; step++) {
    if (steps > 1) await sleep(stepMs)
    if (isAnswered || request.destroyed) return
    const part = body.slice(step * STEP_LENGTH, (step + 1) * STEP_LENGTH)
    if (isWhole && step === steps - 1) request.end(part)
    else request.write(part)
  }
}

async function answerTo(request: ClientRequest, ask: Ask): Promise<Answer> {
  const response = await responseTo(request)
  const answer = {
    method: ask.method ?? 'POST',
    path: ask.path ?? '/chatkit',
    status: response.statusCode ?? 0,
    headers: headersOf(response),
    body: await textOf(response),
  }
  // Nobody waits for what has not been sent by now.
  if (!request.writableEnded) request.destroy()
  return answer
}

async function responseTo(request: ClientRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  request.once('response', resolve)
  // Stays: a server that refuses a body may close while the body is still being sent.
  request.on('error', reject)
  const timer = setTimeout(
    () => request.destroy(new Error(`no answer within ${ANSWER_MS_MAX / 1_000} s`)),
    ANSWER_MS_MAX,
  )
  try {
    return await promise
  } finally {
    clearTimeout(timer)
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = ''
  const timer = setTimeout(
    () => response.destroy(new Error(`an answer that did not end in ${ANSWER_MS_MAX / 1_000} s`)),
    ANSWER_MS_MAX,
  )
  try {
    for await (const chunk of response.setEncoding('utf8')) {
      text += String(chunk)
      if (text.length > BODY_LENGTH_MAX) response.destroy(new Error('an answer without an end'))
    }
    return text
  } finally {
    clearTimeout(timer)
  }
}

function isReset(error: unknown): boolean {
  return error instanceof Error && /ECONNRESET|EPIPE|socket hang up/.test(codeAndMessage(error))
}

/** What went wrong on the way, in a few words. */
export function codeAndMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? `${String(error.code)} ` : ''
  return `${code}${error.message}`
}
