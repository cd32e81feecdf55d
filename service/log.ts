import { pino, stdSerializers } from 'pino'
import type { DestinationStream, Logger } from 'pino'

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
  readonly message?: string | undefined
  readonly at?: string | undefined
  readonly cause?: ErrorDescription | undefined
}

// Errors whose messages are written in this repository, or by Node about sockets and files.
const SPEAKING_ERRORS = new Set(['ServiceError', 'StatementError', 'ConfigError', 'RunEndedError'])
const SYSTEM_CODE = /^E[A-Z_]+$/

function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { kind: typeof error }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const speaks = SPEAKING_ERRORS.has(error.name) || (code !== undefined && SYSTEM_CODE.test(code))
  const { stack } = stdSerializers.err(error)
  return {
    kind: error.name,
    code,
    message: speaks ? error.message : undefined,
    at: firstFrame(stack),
    cause:
      error.cause !== undefined && depth < CAUSES_MAX
        ? describeError(error.cause, depth + 1)
        : undefined,
  }
}

/** The place in the code, without the message that stands above it in a stack. */
function firstFrame(stack: string | undefined): string | undefined {
  return stack
    ?.split('\n')
    .find((line) => line.startsWith('    at '))
    ?.trim()
}
