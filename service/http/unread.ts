import { STATUS_CODES, ServerResponse } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { ServiceError } from '../errors.ts'
import type { FailureCode } from '../errors.ts'
import type { Logger } from '../log.ts'
import { newId } from '../protocol/ids.ts'

export interface UnreadOptions {
  /** What every answer has. */
  readonly headers: Readonly<Record<string, string>>
  readonly log: Logger
}

const FAILURES: Readonly<Record<string, FailureCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_too_slow',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
}

/**
 * Ends a connection on which no request came, or not in time: there is nobody to authenticate and
 * nothing to route. Where an answer is under way nothing may be written into it.
 */
export function refuseUnread(options: UnreadOptions) {
  return (error: Error & { readonly code?: string }, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable || isAnswered(socket)) {
      socket.destroy()
      return
    }
    const failure = new ServiceError(FAILURES[error.code ?? ''] ?? 'invalid_request')
    const { body, headers } = answerTo(failure, options)
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    const status = `${failure.status} ${STATUS_CODES[failure.status] ?? ''}`
    socket.end(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`)
    // Who does not read the answer does not keep the connection by that.
    socket.setTimeout(LAST_WORDS_MS, () => socket.destroy())
  }
}

/** Refuses a request that expects what nobody has promised. */
export function refuseExpectation(options: UnreadOptions) {
  return (_request: IncomingMessage, response: ServerResponse): void => {
    const failure = new ServiceError('invalid_request', { detail: 'expect: 100-continue alone' })
    const { body, headers } = answerTo(failure, options)
    response.writeHead(failure.status, headers).end(body)
  }
}

const LAST_WORDS_MS = 1_000

/**
 * Whether an answer has begun. Node keeps the response that a connection is busy with in this
 * place.
 */
function isAnswered(socket: Socket): boolean {
  const response: unknown = Reflect.get(socket, '_httpMessage')
  return response instanceof ServerResponse && response.headersSent
}

function answerTo(failure: ServiceError, { headers, log }: UnreadOptions) {
  const { code, words, status } = failure
  const id = newId('request')
  log.info({ request: id, status, code }, 'request')
  const body = JSON.stringify({ code, detail: words, message: words })
  return {
    body,
    headers: {
      ...headers,
      connection: 'close',
      'content-type': 'application/json; charset=utf-8',
      'x-request-id': id,
      'content-length': String(Buffer.byteLength(body)),
    },
  }
}
