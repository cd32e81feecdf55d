import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { ServiceError } from '../errors.ts'
import { demandSmallShape } from './json-shape.ts'
import { BODY_SHAPE, DICTATION_SHAPE } from './limits.ts'

export interface BodyLimits {
  readonly bytesMax: number
  /** For speech, which needs more room than any other request. */
  readonly dictationBytesMax: number
}

const DICTATION_TYPE = 'input.transcribe'
/** How a request with speech begins: with its type, as every client writes it. */
const DICTATION = /^\s*\{\s*"type"\s*:\s*"input\.transcribe"/
const CHARSET = /;\s*charset\s*=\s*"?([^";\s]*)/i
const BEGINNING_BYTES = 200
const UTF8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Reads bodies as strict UTF-8 JSON and nothing else. Keys such as `__proto__` need no care here:
 * `JSON.parse` makes plain properties of them, and the request schemas drop them.
 *
 * What is too large is refused as soon as that is known, without reading on.
 */
export function addJsonBody(app: FastifyInstance, limits: BodyLimits): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', async (_request: unknown, body: IncomingMessage) => {
    demandPlainBytes(body.headers)
    const bytes = await readBody(body, limits)
    const isLong = bytes.length > limits.bytesMax
    demandSmallShape(bytes, isLong ? DICTATION_SHAPE : BODY_SHAPE)
    const value = parse(bytes)
    // It began like speech. A name may come twice, and then the last one counts.
    if (isLong && typeOf(value) !== DICTATION_TYPE) throw new ServiceError('body_too_large')
    return value
  })
}

/**
 * Refuses bytes that stand for others: what has looked at them on the way, such as a firewall, may
 * have read another body than would be read here.
 */
export function demandPlainBytes(headers: IncomingHttpHeaders): void {
  const { 'content-encoding': encoding = 'identity', 'content-type': type = '' } = headers
  const charset = CHARSET.exec(type)?.[1] ?? 'utf-8'
  if (/^identity$/i.test(encoding) && /^utf-?8$/i.test(charset)) return
  throw new ServiceError('not_json', { detail: 'In UTF-8, and without a content-encoding.' })
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(UTF8.decode(bytes))
  } catch {
    // The parser's own message quotes the body.
    throw new ServiceError('invalid_request', { detail: 'body: not valid JSON' })
  }
}

function typeOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined
}

async function readBody(body: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  const announced = Number(body.headers['content-length'] ?? 0)
  if (announced > Math.max(limits.bytesMax, limits.dictationBytesMax)) {
    throw new ServiceError('body_too_large')
  }
  const chunks: Buffer[] = []
  let length = 0
  let allowed: number | undefined
  const whole = Promise.withResolvers<void>()
  const onData = (chunk: Buffer) => {
    chunks.push(chunk)
    length += chunk.length
    if (Math.max(length, announced) <= limits.bytesMax || length < BEGINNING_BYTES) return
    allowed ??= isDictation(chunks) ? limits.dictationBytesMax : limits.bytesMax
    if (Math.max(length, announced) > allowed) whole.reject(new ServiceError('body_too_large'))
  }
  const onError = (cause: Error) => whole.reject(new ServiceError('invalid_request', { cause }))
  body.on('data', onData)
  body.once('end', () => whole.resolve())
  body.once('error', onError)
  try {
    await whole.promise
    return Buffer.concat(chunks)
  } finally {
    body.off('data', onData)
    body.pause()
  }
}

function isDictation(chunks: readonly Buffer[]): boolean {
  return DICTATION.test(Buffer.concat(chunks).subarray(0, BEGINNING_BYTES).toString('latin1'))
}
