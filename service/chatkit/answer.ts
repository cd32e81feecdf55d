import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { RequestContext } from '../auth/request-context.ts'
import { ServiceError } from '../errors.ts'
import { toFrame } from '../protocol/frames.ts'
import { FreeObject } from '../protocol/optional.ts'
import { toErrorEvent } from '../runs/execute-run.ts'
import { FrameFeed } from '../runs/frame-feed.ts'
import { operations } from './operations.ts'
import type { OperationName } from './operations.ts'
import type { Operation, OperationParts } from './operation.ts'
import { parseRequest } from './parse-request.ts'
import { demandPlainJson } from './plain-json.ts'

/** What a client gets: JSON at once, or a stream that reads from a feed. */
export type Answer =
  | { readonly kind: 'json'; readonly json: string }
  | {
      readonly kind: 'stream'
      readonly feed: FrameFeed
      readonly fromSequence: number
      /** Why nothing was begun, when the stream says only that. */
      readonly failure?: ServiceError
    }

/** What tells two requests apart, beside their bodies. */
export interface RequestIdentity {
  /** The `Idempotency-Key` header. */
  readonly key?: string | undefined
  /** The `chatkit-frame-instance-id` header: one per page load of the real client. */
  readonly frame?: string | undefined
  /** One more than the `Last-Event-ID` header: the rest of a stream that was cut. */
  readonly fromSequence?: number | undefined
}

/** One request, from somebody who is known; nothing in its body has been checked. */
export interface ChatRequest {
  readonly body: unknown
  readonly context: RequestContext
  readonly identity: RequestIdentity
  /** Told the operation as soon as it is known to be one, for the log. */
  readonly onOperation: (name: string) => void
}

const Envelope = z.looseObject({
  type: z.string(),
  params: z.looseObject({}),
  metadata: FreeObject.default({}), // for the integration; read by nobody here
})

// Refusals that keep their status on a stream: the client or the balancer acts on it.
const STATUSES_KEPT = new Set([400, 401, 403, 413, 429])
// A key is the work of a programmer, who looks at statuses.
const CODES_KEPT = new Set<string>(['draining', 'too_many_runs', 'key_reused'])

/**
 * Answers one ChatKit request.
 *
 * What is wrong with the body is thrown. A streaming operation that cannot be done is a stream with
 * one error event: the real client repeats a request five times when the status is 5xx, and shows
 * nothing at all when it is another 4xx.
 */
export async function answer(request: ChatRequest, parts: OperationParts): Promise<Answer> {
  const operation = operationOf(request.body)
  if (operation?.kind === 'page') return await answerPage(operation, request, parts)
  const { context } = request
  // On its way while the body is looked at. One that is refused for its body has been counted, too.
  const counted = parts.demandRequest(context)
  counted.catch(() => undefined)
  demandEnvelope(request)
  if (!operation) throw new ServiceError('operation_unknown')
  const claim = operation.kind === 'stream' ? claimOf(request) : ''
  const call = { ...parts, context, claim, fromSequence: request.identity.fromSequence ?? 1 }
  if (operation.kind === 'json') {
    await counted
    return { kind: 'json', json: JSON.stringify(await operation.run(request.body, call)) }
  }
  try {
    await counted
    return { kind: 'stream', ...(await operation.run(request.body, call)) }
  } catch (error) {
    const failure = error instanceof ServiceError ? error : internal(error)
    const isKept = STATUSES_KEPT.has(failure.status) && failure.code !== 'operation_not_offered'
    if (isKept || CODES_KEPT.has(failure.code)) throw failure
    return { kind: 'stream', feed: refusal(failure), fromSequence: 1, failure }
  }
}

/** The statement that answers the request counts it. One that never comes to it is counted here. */
async function answerPage(
  operation: Extract<Operation, { kind: 'page' }>,
  request: ChatRequest,
  { store, runs, quotaFor, demandRequest }: OperationParts,
): Promise<Answer> {
  const { context } = request
  let read: ReturnType<typeof operation.prepare>
  try {
    demandEnvelope(request)
    read = operation.prepare(request.body)
  } catch (error) {
    demandRequest(context).catch(() => undefined)
    throw error
  }
  return { kind: 'json', json: await read({ store, runs, context, quota: quotaFor(context) }) }
}

/** What every body must be, whatever it asks for. */
function demandEnvelope({ body, onOperation }: ChatRequest): void {
  demandPlainJson(body)
  const { type } = parseRequest(Envelope, body)
  if (isOperation(type)) onOperation(type)
}

function operationOf(body: unknown): Operation | undefined {
  const isObject = typeof body === 'object' && body !== null && 'type' in body
  const type = isObject && typeof body.type === 'string' ? body.type : ''
  return isOperation(type) ? operations[type] : undefined
}

function internal(cause: unknown): ServiceError {
  return new ServiceError('internal', { cause })
}

function isOperation(type: string): type is OperationName {
  return Object.hasOwn(operations, type)
}

function refusal(error: ServiceError): FrameFeed {
  const feed = new FrameFeed()
  feed.push(toFrame(feed.nextSequence, toErrorEvent(error)))
  feed.end()
  return feed
}

/**
 * A key that the client chose, with what it asks for, or else what it sent: the prefix tells the
 * store which. `metadata` may be another each time that the same is asked for.
 */
function claimOf({ body, context, identity }: ChatRequest): string {
  const { key, frame = '' } = identity
  if (key === undefined) {
    return `body:${hashOf(JSON.stringify([context.orgId, context.userId, frame, body]))}`
  }
  const { type, params } = parseRequest(Envelope, body)
  return `key:${hashOf(key)}#${hashOf(JSON.stringify([type, params]))}`
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
