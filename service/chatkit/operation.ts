import type { z } from 'zod'
import type { RequestContext } from '../auth/request-context.ts'
import { ServiceError } from '../errors.ts'
import { ChatError } from '../protocol/chat.ts'
import type { ChatApplication } from '../protocol/chat.ts'
import type { Listening } from '../runs/run-request.ts'
import type { Runs } from '../runs/runs.ts'
import type { Quota } from '../store/quotas.ts'
import type { Store } from '../store/store.ts'
import { parseRequest } from './parse-request.ts'
import type { DemandRequest, QuotaFor } from './quotas.ts'

/** What operations work with. */
export interface OperationParts {
  readonly store: Store
  readonly runs: Runs
  readonly application: ChatApplication
  readonly demandRequest: DemandRequest
  readonly quotaFor: QuotaFor
}

/** One request, from someone who is known. */
export interface OperationCall extends OperationParts {
  readonly context: RequestContext
  /** The identity of a streaming request: a repeat of it has the same. */
  readonly claim: string
  /** The first frame that the client of a streaming request has not heard. */
  readonly fromSequence: number
}

/** What an operation works with that counts its request itself. */
export interface PageCall extends Pick<OperationParts, 'store' | 'runs'> {
  readonly context: RequestContext
  readonly quota: Quota
}

/**
 * An operation whose schema and handler are hidden behind one door, so that all fit in one table.
 */
export type Operation =
  | {
      readonly kind: 'json'
      readonly run: (request: unknown, call: OperationCall) => Promise<unknown>
    }
  | {
      readonly kind: 'stream'
      readonly run: (request: unknown, call: OperationCall) => Promise<Listening>
    }
  | {
      readonly kind: 'page'
      /** Throws for a request that does not fit, which has not been counted then. */
      readonly prepare: (request: unknown) => (call: PageCall) => Promise<string>
    }

/**
 * An operation that is answered at once. A request that does not fit is an `invalid_request`; what
 * the application refuses with a `ChatError` is an `action_refused` with its words.
 */
export function jsonOperation<Schema extends z.ZodType>(
  schema: Schema,
  handle: (request: z.output<Schema>, call: OperationCall) => Promise<unknown>,
): Operation {
  return {
    kind: 'json',
    run: async (request, call) => {
      try {
        return await handle(parseRequest(schema, request), call)
      } catch (error) {
        if (!(error instanceof ChatError)) throw error
        throw new ServiceError('action_refused', { detail: error.message, cause: error })
      }
    },
  }
}

/**
 * An operation that is answered with JSON as it is in the store, by a statement that counts the
 * request as well. A request that does not fit is an `invalid_request`.
 */
export function pageOperation<Schema extends z.ZodType>(
  schema: Schema,
  read: (request: z.output<Schema>, call: PageCall) => Promise<string>,
): Operation {
  return {
    kind: 'page',
    prepare: (unknown) => {
      const request = parseRequest(schema, unknown)
      return (call) => read(request, call)
    },
  }
}

/** An operation that begins a run. A request that does not fit is an `invalid_request`. */
export function streamOperation<Schema extends z.ZodType>(
  schema: Schema,
  begin: (request: z.output<Schema>, call: OperationCall) => Promise<Listening>,
): Operation {
  return {
    kind: 'stream',
    run: async (request, call) => await begin(parseRequest(schema, request), call),
  }
}
