import { z } from 'zod'

const CreateRequest = z.object({
  type: z.literal('threads.create'),
  params: z.object({ input: z.object({ content: z.tuple([z.object({ text: z.string() })]) }) }),
})

let requests = 0

/**
 * A new conversation whose message says how many deltas its answer shall have. No two are the same:
 * a request that says what another one has just said is a repeat, and hears the answer to that.
 */
export function createRequest(deltas: number, wish = ''): string {
  const text = `${deltas} words, please${wish}. This is request ${++requests}.`
  const input = { content: [{ type: 'input_text', text }], attachments: [], inference_options: {} }
  return JSON.stringify({ type: 'threads.create', params: { input } })
}

/** How many deltas a message asks for. */
export function wantedDeltas(text: string): number {
  return Number.parseInt(text, 10)
}

/** The same for a whole request, where there is no ChatKit server to read it. */
export function wantedByRequest(body: string): { readonly text: string; readonly deltas: number } {
  const [{ text }] = CreateRequest.parse(JSON.parse(body)).params.input.content
  return { text, deltas: wantedDeltas(text) }
}
