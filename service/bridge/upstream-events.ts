import { z } from 'zod'
import type { UpstreamImage } from './images.ts'

// Compatible servers leave fields out, or send others than they should: what is odd is left out,
// and nothing else fails. Deltas are too many for this; what takes them looks at them itself.
const Text = z.string().optional().catch(undefined)

const UpstreamItem = z.looseObject({
  type: z.string(),
  id: Text,
  result: Text,
  output_format: Text,
})
export type UpstreamItem = z.infer<typeof UpstreamItem>

const PartialImage = z.object({
  item_id: Text,
  partial_image_b64: z.string().min(1),
  output_format: Text,
  partial_image_index: z.int().nonnegative().catch(0),
})

const Ended = z.object({
  error: z.object({ code: Text }).nullish().catch(undefined),
  incomplete_details: z.object({ reason: Text }).nullish().catch(undefined),
})

/** An item of the output, as far as it can be relied on; undefined for what is none. */
export function upstreamItem(item: unknown): UpstreamItem | undefined {
  return UpstreamItem.safeParse(item).data
}

/** The image of an item of the output; undefined when it has none. */
export function finishedImage(item: UpstreamItem): UpstreamImage | undefined {
  return item.result ? { id: item.id, base64: item.result, format: item.output_format } : undefined
}

/** An early stage of an image, and its number; undefined for an event without one. */
export function partialImage(
  event: unknown,
): { readonly image: UpstreamImage; readonly stage: number } | undefined {
  const { data } = PartialImage.safeParse(event)
  if (!data) return undefined
  const { item_id: id, partial_image_b64: base64, output_format: format } = data
  return { image: { id, base64, format }, stage: data.partial_image_index }
}

/** Why a response ended early, in the provider's words; undefined when it does not say. */
export function reasonOf(response: unknown): string | undefined {
  const { data } = Ended.safeParse(response)
  return data?.error?.code ?? data?.incomplete_details?.reason
}

export function isText(value: unknown): value is string {
  return typeof value === 'string'
}
