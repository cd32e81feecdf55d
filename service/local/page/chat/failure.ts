/** What went wrong, in words for the person in front of the page. */
export interface Failure {
  readonly message: string
  readonly retryable: boolean
}

/** The server turned a request down; `message` is its own sentence. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Puts any error into words. Only a lost connection or a fault of the server is worth a retry. */
export function failureOf(error: unknown): Failure {
  if (error instanceof RefusedError)
    return { message: error.message, retryable: error.status >= 500 }
  // Browsers report every kind of broken connection as a bare TypeError.
  if (error instanceof TypeError) {
    return {
      message: 'The connection to the server was lost. Is it still running?',
      retryable: true,
    }
  }
  return { message: 'The server sent an answer that this page cannot read.', retryable: true }
}

/** The words for an `error` event, which may come without any. */
export function wordsForCode(code: string): string {
  return code === 'stream.error'
    ? 'Something went wrong while the answer was being written.'
    : 'The answer could not be finished.'
}
