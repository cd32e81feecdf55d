import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import { fastify } from 'fastify'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ServiceError } from '../errors.ts'
import type { FailureCode } from '../errors.ts'
import type { Logger } from '../log.ts'
import { newId } from '../protocol/ids.ts'
import { chatKitRoutes } from './chatkit-routes.ts'
import type { ChatKitRoutesOptions } from './chatkit-routes.ts'
import { healthRoutes } from './health.ts'
import type { HealthOptions } from './health.ts'
import { BODY_BYTES_MAX, HEADER_BYTES_MAX, HSTS_SECONDS, PREFLIGHT_SECONDS } from './limits.ts'

export interface ServerOptions {
  readonly origins: readonly string[]
  readonly keepAliveMs: number
  readonly headersMs: number
  readonly requestMs: number
  readonly chatKit: ChatKitRoutesOptions
  readonly health: HealthOptions
  readonly log: Logger
}

/** The HTTP server, ready to listen. The only place where an error becomes a response. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: BODY_BYTES_MAX,
    keepAliveTimeout: options.keepAliveMs,
    requestTimeout: options.requestMs,
    forceCloseConnections: 'idle',
    genReqId: () => newId('request'),
    // For an address that cannot be decoded no hook runs, and Fastify's own answer repeats it.
    frameworkErrors: (error, request, reply) => {
      reply.header('x-request-id', request.id)
      sendFailure(toServiceError(error), { request, reply, log: options.log })
    },
    // Of two `authorization` headers Node would silently take the first, a proxy maybe the second.
    http: { maxHeaderSize: HEADER_BYTES_MAX, joinDuplicateHeaders: true },
  })
  app.server.headersTimeout = options.headersMs
  app.decorateRequest('context')
  app.decorateRequest('operation')
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  // First, since the next one answers preflights by itself.
  await app.register(helmet, helmetOptions)
  await app.register(cors, corsOptions(options.origins))
  // Before the body is read: where nothing is, nobody has to be known to send a megabyte.
  app.addHook('onRequest', async (request) => {
    if (request.is404) throw new ServiceError('route_not_found')
  })
  app.setErrorHandler((error: FastifyError, request, reply) =>
    sendFailure(toServiceError(error), { request, reply, log: options.log }),
  )
  app.setNotFoundHandler((request, reply) =>
    sendFailure(new ServiceError('route_not_found'), { request, reply, log: options.log }),
  )
  app.addHook('onResponse', async (request, reply) => logResponse(options.log, request, reply))
  app.addHook('onSend', async (_request, reply) => {
    // A process that is about to end wants its clients to find another one.
    if (options.health.isDraining()) reply.header('connection', 'close')
  })
  await app.register(healthRoutes, options.health)
  await app.register(chatKitRoutes, options.chatKit)
  return app
}

function corsOptions(origins: readonly string[]) {
  return {
    origin: [...origins],
    methods: ['POST'],
    allowedHeaders: [
      'content-type',
      'authorization',
      'x-session-token',
      'chatkit-frame-instance-id',
      'idempotency-key',
      'last-event-id',
    ],
    exposedHeaders: ['x-request-id', 'retry-after'],
    maxAge: PREFLIGHT_SECONDS,
    strictPreflight: true,
  }
}

const helmetOptions = {
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"] } },
  strictTransportSecurity: { maxAge: HSTS_SECONDS, includeSubDomains: true },
  // The frontend is another origin than this service, and CORS decides who may read.
  crossOriginResourcePolicy: { policy: 'cross-origin' },
} as const

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly log: Logger
}

function sendFailure(failure: ServiceError, { request, reply, log }: Exchange): FastifyReply {
  if (failure.status >= 500) {
    log.error({ request: request.id, code: failure.code, err: failure }, 'request failed')
  }
  if (failure.retryAfterSeconds !== undefined) {
    reply.header('retry-after', String(failure.retryAfterSeconds))
  }
  // Clients show `message`; `detail` is what other ChatKit servers send.
  return reply
    .code(failure.status)
    .send({ code: failure.code, detail: failure.message, message: failure.message })
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

function logResponse(log: Logger, request: FastifyRequest, reply: FastifyReply): void {
  // The balancer asks every few seconds; what it hears is in its own metrics.
  const level =
    request.routeOptions.url === '/chatkit' || reply.statusCode >= 400 ? 'info' : 'debug'
  log[level](
    {
      request: request.id,
      method: request.method,
      route: request.routeOptions.url,
      operation: request.operation,
      user: request.context?.userId,
      org: request.context?.orgId || undefined,
      status: reply.raw.statusCode,
      durationMs: Math.round(reply.elapsedTime),
    },
    'request',
  )
}
