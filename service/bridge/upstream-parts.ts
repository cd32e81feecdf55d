import { z } from 'zod'
import type { OutputText } from '../protocol/annotations.ts'
import type { Converters } from '../protocol/author.ts'

const UpstreamPart = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('output_text'),
    text: z.string(),
    annotations: z.array(z.unknown()).catch([]),
  }),
  z.object({ type: z.literal('refusal'), refusal: z.string() }),
])

/** Turns parts of the provider's messages into ours. A refusal is the text that it is. */
export class PartConverter {
  readonly #toAnnotation: Converters['annotation']

  constructor(toAnnotation: Converters['annotation']) {
    this.#toAnnotation = toAnnotation
  }

  /** The parts that can be shown; others leave no gap. */
  toParts(content: unknown): OutputText[] {
    return Array.isArray(content) ? content.flatMap((part) => this.#toPart(part) ?? []) : []
  }

  #toPart(part: unknown): OutputText | undefined {
    const { data } = UpstreamPart.safeParse(part)
    if (!data) return undefined
    if (data.type === 'refusal') return { type: 'output_text', text: data.refusal, annotations: [] }
    const annotations = data.annotations.flatMap((one) => this.#toAnnotation(one) ?? [])
    return { type: 'output_text', text: data.text, annotations }
  }
}
