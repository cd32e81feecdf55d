const failures = {
  unauthenticated: { status: 401, message: 'Sign in to continue.' },
  origin_refused: { status: 403, message: 'This page may not act for you here.' },
  identity_unavailable: {
    status: 503,
    message: 'Your sign-in cannot be checked right now. Try again in a moment.',
    retry: true,
    retryAfterSeconds: 2,
  },
  invalid_request: { status: 400, message: 'The request is not well-formed.' },
  operation_unknown: { status: 400, message: 'This operation does not exist.' },
  operation_not_offered: { status: 400, message: 'This server does not offer this operation.' },
  unknown_cursor: { status: 404, message: 'The page to continue from does not exist.' },
  thread_not_found: { status: 404, message: 'This conversation does not exist.' },
  item_not_found: { status: 404, message: 'This item does not exist in the conversation.' },
  attachment_not_found: { status: 404, message: 'This attachment does not exist.' },
  attachment_not_uploaded: { status: 409, message: 'This attachment has not been uploaded.' },
  attachment_unreadable: { status: 422, message: 'This file cannot be read.' },
  attachment_not_awaited: {
    status: 409,
    message: 'This file is not waited for any more: it has been uploaded or removed.',
  },
  attachment_type_not_allowed: {
    status: 415,
    message: 'Files of this type cannot be attached.',
  },
  attachment_too_large: { status: 413, message: 'This file is too large.' },
  attachment_sent: {
    status: 409,
    message: 'This attachment is part of a conversation already and goes with it.',
  },
  too_many_attachments: {
    status: 429,
    message: 'Too many attachments wait to be sent. Send or remove some of them.',
  },
  attachments_unavailable: {
    status: 503,
    message: 'Attachments cannot be reached right now. Try again in a moment.',
    retry: true,
    retryAfterSeconds: 2,
  },
  action_refused: { status: 422, message: 'This cannot be done.' },
  not_a_widget: { status: 422, message: 'Only widgets have actions.' },
  form_answered: { status: 409, message: 'These questions have been answered already.' },
  not_repeatable: {
    status: 409,
    message: 'Only the answer to a message can be asked for again.',
  },
  no_pending_call: { status: 409, message: 'The conversation does not wait for a tool.' },
  thread_not_active: { status: 409, message: 'This conversation takes no more messages.' },
  key_reused: {
    status: 422,
    message: 'This Idempotency-Key was sent with another request. Choose a new one for each.',
  },
  thread_busy: {
    status: 409,
    message: 'This conversation is being answered elsewhere. Try again when that is done.',
    retry: true,
  },
  too_many_requests: {
    status: 429,
    message: 'Too many requests in a short time. Wait a moment and try again.',
    retry: true,
  },
  too_many_answers: {
    status: 429,
    message: 'Too many answers are being written at once. Try again when one of them is done.',
    retry: true,
    retryAfterSeconds: 5,
  },
  allowance_used_up: {
    status: 429,
    message: 'The allowance for today is used up. It is renewed at midnight (UTC).',
  },
  route_not_found: { status: 404, message: 'There is nothing at this address.' },
  body_too_large: { status: 413, message: 'The request is too large.' },
  request_too_slow: {
    status: 408,
    message: 'The request took too long to arrive. Try again.',
    retry: true,
  },
  headers_too_large: { status: 431, message: 'The headers of the request are too large.' },
  not_json: { status: 415, message: 'Send the request as application/json.' },
  too_many_runs: {
    status: 503,
    message: 'The service is busy. Try again in a moment.',
    retry: true,
    retryAfterSeconds: 5,
  },
  draining: {
    status: 503,
    message: 'The service is restarting. Try again in a moment.',
    retry: true,
    retryAfterSeconds: 2,
  },
  database_unavailable: {
    status: 503,
    message: 'The service cannot reach its storage. Try again in a moment.',
    retry: true,
    retryAfterSeconds: 2,
  },
  model_refused_request: { status: 502, message: 'The model could not answer this request.' },
  content_filtered: {
    status: 422,
    message: 'The provider’s rules do not allow this request or its answer. Put it another way.',
  },
  conversation_too_long: {
    status: 422,
    message: 'This is more than the model can read at once. Start a new conversation.',
  },
  answer_too_long: {
    status: 422,
    message: 'The answer reached its greatest length and ends here. Ask for the rest.',
  },
  model_unavailable: {
    status: 502,
    message: 'The model is not available right now. Try again in a moment.',
    retry: true,
  },
  model_silent: {
    status: 504,
    message: 'The model stopped answering. Try again.',
    retry: true,
  },
  run_too_long: {
    status: 504,
    message: 'The answer took too long and was ended here.',
    retry: true,
  },
  run_interrupted: {
    status: 503,
    message: 'The answer was interrupted. Try again.',
    retry: true,
  },
  internal: { status: 500, message: 'Something went wrong.', retry: true },
} as const satisfies Record<string, Failure>

interface Failure {
  readonly status: number
  readonly message: string
  /** Whether the same request may succeed a little later. */
  readonly retry?: true
  readonly retryAfterSeconds?: number
}

/** The codes of the table, by which clients tell failures apart. */
export type FailureCode = keyof typeof failures

/** Every failure that a client can be told of, by its code. The README's table is this table. */
export const failureTable: Readonly<Record<FailureCode, Failure>> = failures

export interface ServiceErrorOptions extends ErrorOptions {
  /** Says what was wrong and what is allowed. Never quotes what the client sent. */
  readonly detail?: string
  /** The user's own file that it is about: in the words for the user, and never in the log. */
  readonly fileName?: string | undefined
  /** @default what the table says */
  readonly retryAfterSeconds?: number | undefined
}

/** A failure that is safe to send as it stands: `cause` goes to the log and nowhere else. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError'
  readonly code: FailureCode
  readonly status: number
  readonly retry: boolean
  readonly retryAfterSeconds: number | undefined
  /** What the user is told: the message, after the name of the file that it is about. */
  readonly words: string

  constructor(code: FailureCode, options: ServiceErrorOptions = {}) {
    const failure = failureTable[code]
    super(options.detail ? `${failure.message} ${options.detail}` : failure.message, options)
    this.code = code
    this.status = failure.status
    this.retry = failure.retry ?? false
    this.words =
      options.fileName === undefined
        ? this.message
        : `${shortened(options.fileName)}: ${this.message}`
    this.retryAfterSeconds = options.retryAfterSeconds ?? failure.retryAfterSeconds
  }
}

const NAME_SHOWN_MAX = 80

/** By characters: half of one would be no text. */
function shortened(name: string): string {
  const characters = Array.from(name)
  if (characters.length <= NAME_SHOWN_MAX) return name
  return `${characters.slice(0, NAME_SHOWN_MAX).join('')}…`
}
