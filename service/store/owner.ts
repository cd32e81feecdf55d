import type { RequestContext } from '../auth/request-context.ts'

/** Whose rows a statement may touch. Every statement on conversations asks for it. */
export type Owner = Pick<RequestContext, 'orgId' | 'userId'>
