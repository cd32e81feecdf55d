import { alice, tokenOf } from '../support/service.ts'

/** What goes over a connection: whose it is, and what is asked. */
export interface BenchRequest {
  readonly token: string
  readonly body: string
}

const token = await tokenOf(alice)
let requests = 0

/**
 * A new conversation whose message says how many deltas its answer shall have. No two are the same:
 * a request that says what another one has just said is a repeat, and hears the answer to that.
 */
export function createRequest(deltas: number, wish = ''): BenchRequest {
  const text = `${deltas} words, please${wish}. This is request ${++requests}.`
  const input = { content: [{ type: 'input_text', text }], attachments: [], inference_options: {} }
  return { token, body: JSON.stringify({ type: 'threads.create', params: { input } }) }
}
