import cors from '@fastify/cors'
import { fastify } from 'fastify'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { OnAnswered } from '../chatkit/audit.ts'
import { ServiceError } from '../errors.ts'
import type { FailureCode } from '../errors.ts'
import type { Logger } from '../log.ts'
import { newId } from '../protocol/ids.ts'
import { AnswerDeadlines } from './answer-deadlines.ts'
import { chatKitRoutes } from './chatkit-routes.ts'
import type { ChatKitRoutesOptions } from './chatkit-routes.ts'
import { healthRoutes } from './health.ts'
import type { HealthOptions } from './health.ts'
import { BODY_BYTES_MAX, HEADER_BYTES_MAX, PREFLIGHT_SECONDS, TIMEOUT_POLL_MS } from './limits.ts'
import { securityHeaders } from './security-headers.ts'
import { refuseExpectation, refuseUnread } from './unread.ts'

export interface ServerOptions {
  readonly cors: CorsPolicy
  readonly keepAliveMs: number
  readonly headersMs: number
  readonly requestMs: number
  readonly chatKit: ChatKitRoutesOptions
  readonly health: HealthOptions
  /** Told of every request of a known user, when its answer has gone. */
  readonly onAnswered: OnAnswered
  readonly log: Logger
}

/** What browsers may do on pages of other origins. */
export interface CorsPolicy {
  readonly origins: readonly string[]
  /** Whether a browser may add cookies: only where they are taken. */
  readonly takesCookies: boolean
  /** Headers beside the usual ones. */
  readonly headers: readonly string[]
}

/** The HTTP server, ready to listen. The only place where an error becomes a response. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  // What is said to one user must not lie in the cache of a browser that others use.
  const headers = { ...(await securityHeaders()), 'cache-control': 'no-store' }
  const begin = (request: FastifyRequest, reply: FastifyReply) => {
    request.receivedAt = performance.now()
    reply.headers(headers)
    reply.header('x-request-id', request.id)
    // The end of the connection, since a stream that its client leaves never finishes.
    reply.raw.once('close', () => tellOf(request, reply, options))
  }
  const unread = { headers, log: options.log }
  const app = fastify({
    bodyLimit: BODY_BYTES_MAX,
    keepAliveTimeout: options.keepAliveMs,
    requestTimeout: options.requestMs,
    forceCloseConnections: 'idle',
    genReqId: () => newId('request'),
    // For an address that cannot be decoded no hook runs, and Fastify's own answer repeats it.
    frameworkErrors: (error, request, reply) => {
      begin(request, reply)
      sendFailure(toServiceError(error), request, reply)
    },
    http: {
      maxHeaderSize: HEADER_BYTES_MAX,
      // Of two `authorization` headers Node would silently take the first, a proxy maybe the
      // second.
      joinDuplicateHeaders: true,
      connectionsCheckingInterval: TIMEOUT_POLL_MS,
      // Node's own refusal has neither an id nor our headers.
      requireHostHeader: false,
    },
    clientErrorHandler: refuseUnread(unread),
  })
  app.server.on('checkExpectation', refuseExpectation(unread))
  // Node swaps the two when the time for the headers is the longer one.
  app.server.headersTimeout = Math.min(options.headersMs, options.requestMs)
  app.decorateRequest('context')
  app.decorateRequest('operation')
  app.decorateRequest('failure')
  app.decorateRequest('receivedAt', 0)
  // These hooks have nothing to wait for, and a promise for each request is not free.
  app.addHook('onRequest', (request, reply, done) => {
    begin(request, reply)
    done(strangenessOf(request))
  })
  // Before any route is there: each has the handler of its time.
  app.setErrorHandler((error: FastifyError, request, reply) =>
    sendFailure(toServiceError(error), request, reply),
  )
  await app.register(cors, corsOptions(options.cors))
  // Before the body is read: where nothing is, nobody has to be known to send a megabyte.
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.is404) done(new ServiceError('route_not_found'))
    else done()
  })
  app.setNotFoundHandler((request, reply) =>
    sendFailure(new ServiceError('route_not_found'), request, reply),
  )
  const deadlines = new AnswerDeadlines(options.requestMs)
  app.addHook('onClose', () => deadlines.close())
  app.addHook('onSend', async (_request, reply) => {
    // A process that is about to end wants its clients to find another one.
    if (options.health.isDraining()) reply.header('connection', 'close')
    deadlines.begin(reply.raw)
  })
  await app.register(healthRoutes, options.health)
  await app.register(chatKitRoutes, options.chatKit)
  return app
}

/**
 * Closes the server: no new connections, and those that are open end with the answer they carry,
 * or at the deadline.
 */
export async function closeServer(app: FastifyInstance, deadlineMs: number): Promise<void> {
  const idle = setInterval(() => app.server.closeIdleConnections(), IDLE_POLL_MS)
  const deadline = setTimeout(() => app.server.closeAllConnections(), deadlineMs)
  try {
    await app.close()
  } finally {
    clearInterval(idle)
    clearTimeout(deadline)
  }
}

const IDLE_POLL_MS = 100

/** What the libraries would refuse in words of their own. */
function strangenessOf({ method, headers, raw }: FastifyRequest): ServiceError | undefined {
  if (headers.host === undefined && raw.httpVersion === '1.1') {
    return new ServiceError('invalid_request', { detail: 'host: missing' })
  }
  const isPreflight = headers.origin && headers['access-control-request-method']
  if (method !== 'OPTIONS' || isPreflight) return undefined
  return new ServiceError('invalid_request', {
    detail: 'OPTIONS is for preflights of browsers alone',
  })
}

function corsOptions({ origins, takesCookies, headers }: CorsPolicy) {
  return {
    origin: [...origins],
    credentials: takesCookies,
    methods: ['POST'],
    allowedHeaders: [
      'content-type',
      'authorization',
      'x-session-token',
      'chatkit-frame-instance-id',
      'idempotency-key',
      'last-event-id',
      ...headers,
    ],
    exposedHeaders: ['x-request-id', 'retry-after'],
    maxAge: PREFLIGHT_SECONDS,
    strictPreflight: true,
  }
}

function sendFailure(
  failure: ServiceError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  request.failure = failure
  // What is still on its way would be taken for the next request.
  if (failure.status === 413) reply.header('connection', 'close')
  if (failure.retryAfterSeconds !== undefined) {
    reply.header('retry-after', String(failure.retryAfterSeconds))
  }
  return reply.code(failure.status).send(toBody(failure))
}

/** Clients show `message`; `detail` is what other ChatKit servers send. */
function toBody({ code, words }: ServiceError) {
  return { code, detail: words, message: words }
}

const frameworkFailures: Readonly<Record<string, FailureCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'not_json',
}

function toServiceError(error: Error & { code?: string; statusCode?: number }): ServiceError {
  if (error instanceof ServiceError) return error
  const code = frameworkFailures[error.code ?? '']
  if (code) return new ServiceError(code, { cause: error })
  const isClientFault = error.statusCode !== undefined && error.statusCode < 500
  return new ServiceError(isClientFault ? 'invalid_request' : 'internal', { cause: error })
}

function tellOf(request: FastifyRequest, reply: FastifyReply, options: ServerOptions): void {
  logResponse(options.log, request, reply)
  const { context, operation, failure, body } = request
  if (context) options.onAnswered({ context, operation, code: failure?.code, body })
}

function logResponse(log: Logger, request: FastifyRequest, reply: FastifyReply): void {
  const { failure } = request
  // The balancer asks every few seconds; what it hears is in its own metrics.
  const isOfInterest = request.routeOptions.url === '/chatkit' || reply.statusCode >= 400
  const level = failure && failure.status >= 500 ? 'error' : isOfInterest ? 'info' : 'debug'
  log[level](
    {
      request: request.id,
      method: request.method,
      route: request.routeOptions.url,
      operation: request.operation,
      user: request.context?.userId,
      org: request.context?.orgId || undefined,
      status: reply.raw.statusCode,
      code: failure?.code,
      aborted: reply.raw.writableFinished ? undefined : true,
      durationMs: Math.round(performance.now() - request.receivedAt),
      err: failure && failure.status >= 500 ? failure : undefined,
    },
    'request',
  )
}
