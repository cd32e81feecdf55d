import { z } from 'zod'

// Compatible servers leave fields out; what is missing or odd is not shown, and nothing else fails.
const Text = z.string().nullish().catch(undefined)
const Texts = z.array(z.string()).nullish().catch(undefined)
const status = { status: Text }

const SearchAction = z.object({
  type: Text,
  query: Text,
  queries: Texts,
  pattern: Text,
  url: Text,
  sources: z
    .array(z.object({ url: Text }))
    .nullish()
    .catch(undefined),
})

/** A call of a tool that runs at the provider, as far as users are interested in it. */
export const HostedCall = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('web_search_call'),
    ...status,
    action: SearchAction.nullish().catch(undefined),
  }),
  z.object({
    type: z.literal('file_search_call'),
    ...status,
    queries: Texts,
    results: z
      .array(z.object({ filename: Text }))
      .nullish()
      .catch(undefined),
  }),
  z.object({ type: z.literal('code_interpreter_call'), ...status, code: Text }),
  z.object({ type: z.literal('mcp_call'), ...status, server_label: Text, name: Text }),
])
export type HostedCall = z.infer<typeof HostedCall>
