import { z } from 'zod'

// The subjects' side of `createRequest`.

const CreateRequest = z.object({
  type: z.literal('threads.create'),
  params: z.object({ input: z.object({ content: z.tuple([z.object({ text: z.string() })]) }) }),
})

/** How many deltas a message asks for. */
export function wantedDeltas(text: string): number {
  return Number.parseInt(text, 10)
}

/** The same for a whole request, where there is no ChatKit server to read it. */
export function wantedByRequest(body: string): { readonly text: string; readonly deltas: number } {
  const [{ text }] = CreateRequest.parse(JSON.parse(body)).params.input.content
  return { text, deltas: wantedDeltas(text) }
}
