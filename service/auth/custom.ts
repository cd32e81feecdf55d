import type { Pattern } from './pattern.ts'
import { refuse } from './refusal.ts'

/**
 * A team's own way to know its users: with `AUTH=custom`, alone or beside others, this file
 * decides. As it is, it lets nobody in.
 *
 * - `isShown` says whether a request brings something for it, such as a header of one's own. A
 *   request that brings nothing for any pattern is refused.
 * - `identify` verifies it and says who it is. It runs before the body is read, at every request,
 *   so keep what it has to ask for. It throws `refuse('custom')` for what proves nothing, and a
 *   `ServiceError('identity_unavailable')` when it cannot find out: the client then tries again.
 *
 * `toIdentity(claims, map)` of `claim-map.ts` makes an identity of claims that are verified.
 * This file may read `process.env`; see `service.variables` and `service.secrets` in
 * infra/config.ts.
 */
export const custom: Pattern = {
  name: 'custom',
  isShown: () => true,
  identify: async () => {
    throw refuse('custom')
  },
}
