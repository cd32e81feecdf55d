import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { Authenticate } from '../auth/authenticator.ts'
import type { RequestContext } from '../auth/request-context.ts'
import type { Answer, ChatRequest } from '../chatkit/answer.ts'
import type { DirectUploads } from '../chatkit/upload-attachment.ts'
import { ServiceError } from '../errors.ts'
import { AtOnce } from './at-once.ts'
import { attachmentRoutes } from './attachment-routes.ts'
import { sendEvents } from './event-stream.ts'
import { addJsonBody } from './json-body.ts'
import type { BodyLimits } from './json-body.ts'
import { EVENT_ID_LENGTH_MAX, FRAME_ID_LENGTH_MAX, IDEMPOTENCY_KEY_LENGTH_MAX } from './limits.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who the request is from; undefined outside the routes that know their users. */
    context: RequestContext | undefined
    /** When its headers had arrived, by the process's own clock, in milliseconds. */
    receivedAt: number
    /** The ChatKit operation, for the log. */
    operation: string | undefined
    /** What the answer failed with, for the log. */
    failure: ServiceError | undefined
  }
}

export interface ChatKitRoutesOptions {
  readonly authenticate: Authenticate
  readonly answer: (request: ChatRequest) => Promise<Answer>
  readonly uploads: DirectUploads
  readonly heartbeatMs: number
  /** Told how long a stream took to begin, in milliseconds. */
  readonly onFirstByte: (milliseconds: number) => void
  readonly bodyLimits: BodyLimits
  /** Requests of one user, streams among them. */
  readonly requestsAtOnceMax: number
}

const JSON_TYPE = 'application/json; charset=utf-8'

/** Everything registered in this scope runs for an authenticated user. There are no exceptions. */
export const chatKitRoutes: FastifyPluginAsync<ChatKitRoutesOptions> = async (app, options) => {
  addJsonBody(app, options.bodyLimits)
  const atOnce = new AtOnce({ userMax: options.requestsAtOnceMax })

  // Before the body is read: a stranger cannot make the service read a megabyte.
  app.addHook('onRequest', async (request, reply) => {
    request.context = await options.authenticate({
      method: request.method,
      headers: request.headers,
      rawHeaders: request.raw.rawHeaders,
      requestId: request.id,
    })
    atOnce.enter(request.context, reply.raw)
  })

  await app.register(attachmentRoutes, { uploads: options.uploads })

  app.post('/chatkit', async (request, reply) => {
    const { context } = request
    if (!context) throw new ServiceError('unauthenticated')
    const identity = {
      key: header(request, 'idempotency-key', IDEMPOTENCY_KEY_LENGTH_MAX),
      frame: header(request, 'chatkit-frame-instance-id', FRAME_ID_LENGTH_MAX),
      fromSequence: fromSequence(request),
    }
    const onOperation = (name: string) => {
      request.operation = name
    }
    const answer = await options.answer({ body: request.body, context, identity, onOperation })
    if (answer.kind === 'json') return reply.type(JSON_TYPE).send(answer.json)
    const { heartbeatMs } = options
    request.failure = answer.failure
    options.onFirstByte(performance.now() - request.receivedAt)
    return sendEvents(reply, answer.feed, { heartbeatMs, fromSequence: answer.fromSequence })
  })
}

function header(request: FastifyRequest, name: string, lengthMax: number): string | undefined {
  const value = request.headers[name]
  if (value === undefined) return undefined
  if (typeof value === 'string' && value.length <= lengthMax) return value
  throw new ServiceError('invalid_request', { detail: `${name}: at most ${lengthMax} characters` })
}

/** A client whose stream was cut repeats its request and says what it heard last. */
function fromSequence(request: FastifyRequest): number {
  const last = header(request, 'last-event-id', EVENT_ID_LENGTH_MAX)
  return last !== undefined && /^\d{1,9}$/.test(last) ? Number(last) + 1 : 1
}
