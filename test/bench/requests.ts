import { tokenOf } from '../support/service.ts'

/** What goes over a connection: whose it is, and what is asked. */
export interface BenchRequest {
  readonly token: string
  readonly body: string
}

/** As many as there are streams at a time, so that no two of them wait for each other's rows. */
const USERS = 300
const tokens = await Promise.all(
  Array.from({ length: USERS }, (_none, index) => tokenOf({ user: `user-${index}`, org: 'acme' })),
)
let requests = 0

/**
 * A new conversation whose message says how many deltas its answer shall have. No two are the same:
 * a request that says what another one has just said is a repeat, and hears the answer to that.
 */
export function createRequest(deltas: number, wish = ''): BenchRequest {
  const text = `${deltas} words, please${wish}. This is request ${++requests}.`
  const input = { content: [{ type: 'input_text', text }], attachments: [], inference_options: {} }
  const token = tokens[requests % USERS] ?? ''
  return { token, body: JSON.stringify({ type: 'threads.create', params: { input } }) }
}
