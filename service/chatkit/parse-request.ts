import type { z } from 'zod'
import { ServiceError } from '../errors.ts'
import { knownPath } from './known-path.ts'

const DETAIL_LENGTH_MAX = 300

/**
 * The request as its schema has it, unknown keys dropped.
 *
 * @throws ServiceError `invalid_request`, which says where the body is wrong and what is allowed
 *   there, in the words of the schema: nothing that the client sent is repeated.
 */
export function parseRequest<Schema extends z.ZodType>(
  schema: Schema,
  request: unknown,
): z.output<Schema> {
  const result = schema.safeParse(request)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const path = knownPath(schema, issue?.path ?? []) || 'body'
  const detail = `${path}: ${issue?.message ?? 'not allowed'}`
  throw new ServiceError('invalid_request', { detail: detail.slice(0, DETAIL_LENGTH_MAX) })
}
