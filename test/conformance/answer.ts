import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { createParser } from 'eventsource-parser'
import { faultsOf, timeFaults } from './well-formed.ts'

/** Longer than any pause in a trace, and than the SDK's repetitions of a call that failed. */
const ANSWER_MS_MAX = 120_000
/**
 * A body beyond this waits a moment: it may be refused by its announced length alone, and an answer
 * can be lost where the rest of a body is not read.
 */
const SUDDEN_BYTES_MAX = 256 * 1024
const REFUSAL_WAIT_MS = 1_500
const PIECE_BYTES = 128 * 1024
const PIECE_MS = 20
const ATTEMPTS_MAX = 3

/** An answer as it came: everything about it, and what is wrong with its form. */
export interface GivenAnswer {
  readonly status: number
  readonly kind: 'stream' | 'json'
  /** Of a stream. */
  readonly events: readonly unknown[]
  /** Of anything else. */
  readonly body: unknown
  readonly text: string
  readonly faults: readonly string[]
}

export interface AskOptions {
  readonly url: string
  readonly token: string
  /** Leaves once this many events have arrived, as a browser does when its user stops. */
  readonly cancelAfter?: number | undefined
}

/** Sends one body to the service and reads its answer to the end. */
export async function ask(body: string | Buffer, options: AskOptions): Promise<GivenAnswer> {
  const deadline = AbortSignal.timeout(ANSWER_MS_MAX)
  const response = await sendPatiently(Buffer.from(body), options, deadline)
  const isStream = response.headers['content-type']?.startsWith('text/event-stream') ?? false
  return isStream
    ? await readStream(response, options.cancelAfter)
    : await readJson(response, options.cancelAfter)
}

/** Whoever refuses a body half-way may close the connection before the refusal is read. */
async function sendPatiently(
  body: Buffer,
  options: AskOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send(body, options, signal)
    } catch (error) {
      const isLost = error instanceof Error && /EPIPE|ECONNRESET/.test(error.message)
      if (!isLost || body.length <= SUDDEN_BYTES_MAX || attempt === ATTEMPTS_MAX) throw error
    }
  }
}

/**
 * Sends a request and resolves as soon as its answer begins, even if the body has not left: one
 * that is too large is refused before it is read.
 */
async function send(
  body: Buffer,
  { url, token }: AskOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const answered = new AbortController()
  const headers = {
    'content-type': 'application/json',
    'content-length': body.length,
    authorization: `Bearer ${token}`,
  }
  const outgoing = httpRequest(`${url}/chatkit`, { method: 'POST', headers, agent: false, signal })
  outgoing.on('response', (response) => {
    answered.abort()
    resolve(response)
  })
  // After an answer this says only that the rest of the body was not wanted.
  outgoing.on('error', reject)
  if (body.length > SUDDEN_BYTES_MAX) {
    outgoing.flushHeaders()
    await Promise.race([promise, sleep(REFUSAL_WAIT_MS)])
    for (let at = 0; at < body.length && !answered.signal.aborted; at += PIECE_BYTES) {
      outgoing.write(body.subarray(at, at + PIECE_BYTES))
      await Promise.race([promise, sleep(PIECE_MS)])
    }
    if (!answered.signal.aborted) outgoing.end()
  } else {
    outgoing.end(body)
  }
  return await promise
}

async function readStream(response: IncomingMessage, cancelAfter = Infinity): Promise<GivenAnswer> {
  const faults: string[] = []
  const events: unknown[] = []
  const parser = createParser({
    onEvent: ({ data }) => {
      if (events.length < cancelAfter) events.push(parse(data, `events[${events.length}]`, faults))
    },
    onError: ({ message }) => faults.push(`the stream is no event stream: ${message}`),
  })
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  try {
    for await (const chunk of response) {
      const piece = decoder.decode(chunk, { stream: true })
      text += piece
      parser.feed(piece)
      if (events.length >= cancelAfter) break
    }
  } catch (error) {
    faults.push(`the stream was cut after ${events.length} events: ${String(error)}`)
  }
  const isWhole = text === '' || text.endsWith('\n\n')
  if (!isWhole && events.length < cancelAfter) faults.push('the stream ends within an event')
  if (Number.isFinite(cancelAfter) && events.length < cancelAfter) {
    faults.push(`the stream ended after ${events.length} events, before it could be cancelled`)
  }
  faults.push(...events.flatMap((event, index) => faultsOf(event, `events[${index}]`)))
  const { statusCode: status = 0 } = response
  return { status, kind: 'stream', events, body: undefined, text, faults }
}

async function readJson(
  response: IncomingMessage,
  cancelAfter: number | undefined,
): Promise<GivenAnswer> {
  const faults: string[] = []
  let text = ''
  for await (const piece of response.setEncoding('utf8')) text += String(piece)
  const body = parse(text, 'body', faults)
  const isJson = response.headers['content-type']?.startsWith('application/json') ?? false
  if (!isJson) faults.push(`content-type: ${response.headers['content-type'] ?? 'none'}`)
  if (cancelAfter !== undefined) faults.push('there was no stream to cancel')
  faults.push(...timeFaults(body, 'body'))
  return { status: response.statusCode ?? 0, kind: 'json', events: [], body, text, faults }
}

function parse(text: string, path: string, faults: string[]): unknown {
  try {
    return JSON.parse(text)
  } catch {
    faults.push(`${path}: no JSON: ${text.slice(0, 100)}`)
    return undefined
  }
}
