import { ConfigError } from '../config.ts'
import { fileFault } from '../file-faults.ts'
import { LocalPostgresError, systemCode } from './postgres-error.ts'

/** Something that the user can mend; its message says how. */
export class LocalError extends Error {
  override readonly name = 'LocalError'
}

/** What to tell the user of an error, or undefined where only its place in the code would help. */
export function messageFor(error: unknown): string | undefined {
  const isReadable =
    error instanceof LocalError ||
    error instanceof ConfigError ||
    error instanceof LocalPostgresError
  return isReadable ? error.message : undefined
}

/** Works with files, and says of a failure what could not be done and why. */
export function withFiles<Result>(failure: string, work: () => Result): Result {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof LocalError) throw cause
    throw new LocalError(`${failure}: ${reasonOf(cause)}.`, { cause })
  }
}

/** Why a file could not be read or written, in words. */
export function reasonOf(error: unknown): string {
  const code = systemCode(error)
  return code === undefined ? textOf(error) : fileFault(code)
}

/** The message of an error. A host with several addresses fails with an error without words, of errors with words. */
export function textOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(textOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}
