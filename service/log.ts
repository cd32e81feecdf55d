import { pino } from 'pino'
import type { DestinationStream, Logger } from 'pino'
import { failureTable } from './errors.ts'

export type { Logger } from 'pino'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** How many causes of an error are named. */
const CAUSES_MAX = 5

/**
 * The log: one JSON object a line, of fields that are named where they are logged.
 *
 * Bodies, tokens and texts of messages cannot get in: no request and no response is ever given to
 * it, and of an error only its kind, its place in the code and, where it is one of ours, its
 * message are kept. A foreign error's message may quote what it failed on.
 */
export function createLog(level: LogLevel, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { pid: process.pid },
    serializers: { err: describeError, req: () => undefined, res: () => undefined },
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
  }
  return destination ? pino(options, destination) : pino(options)
}

interface ErrorDescription {
  readonly kind: string
  readonly code?: string | undefined
  /** Of the answer that an error is about, where it is about one. */
  readonly status?: number | undefined
  readonly message?: string | undefined
  readonly at?: string | undefined
  readonly cause?: ErrorDescription | undefined
}

// Errors whose messages are written in this repository.
const SPEAKING_ERRORS = new Set([
  'ServiceError',
  'StatementError',
  'ConfigError',
  'StartError',
  'SecretError',
  'CommandError',
  'RunEndedError',
  'AnswerError',
])
// Codes of Node and its libraries, and of Postgres. A provider writes what it likes in its own.
const FOREIGN_CODE = /^(E[A-Z]{2,15}|(ERR|FST_ERR|UND_ERR)_[A-Z_]{2,50}|[0-9A-Z]{5})$/
const NAME = /^[A-Za-z]\w{0,49}$/

function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { kind: typeof error }
  return {
    kind: NAME.test(error.name) ? error.name : 'Error',
    code: codeOf(error),
    status: 'status' in error && Number.isInteger(error.status) ? Number(error.status) : undefined,
    message: SPEAKING_ERRORS.has(error.name) ? error.message : undefined,
    at: firstFrame(error),
    cause:
      error.cause !== undefined && depth < CAUSES_MAX
        ? describeError(error.cause, depth + 1)
        : undefined,
  }
}

function codeOf(error: Error): string | undefined {
  if (!('code' in error) || typeof error.code !== 'string') return undefined
  const isKnown = Object.hasOwn(failureTable, error.code) || FOREIGN_CODE.test(error.code)
  return isKnown ? error.code : undefined
}

/** The place in the code; the message above it in the stack may have lines that look like one. */
function firstFrame({ name, message, stack = '' }: Error): string | undefined {
  const start = stack.indexOf(message)
  if (start < 0 || !NAME.test(name)) return undefined
  const frames = stack.slice(start + message.length).split('\n')
  return frames.find((line) => line.startsWith('    at '))?.trim()
}
