import type { FastifyInstance } from 'fastify'
import { ServiceError } from '../errors.ts'

/**
 * Reads bodies as strict UTF-8 JSON and nothing else. Keys such as `__proto__` need no care here:
 * `JSON.parse` makes plain properties of them, and the request schemas drop them.
 */
export function addJsonBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(body))
      done(null, JSON.parse(text))
    } catch {
      // The parser's own message quotes the body.
      done(new ServiceError('invalid_request', { detail: 'body: not valid JSON' }))
    }
  })
}
