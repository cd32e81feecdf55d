import { z } from 'zod'
import { FreeObject, optional, withDefault } from './optional.ts'

const described = {
  title: z.string(),
  description: optional(z.string()),
  timestamp: optional(z.string()),
  group: optional(z.string()),
}

export const UrlSource = z.object({
  type: z.literal('url'),
  ...described,
  url: z.string(),
  attribution: optional(z.string()),
})

export const FileSource = z.object({
  type: z.literal('file'),
  ...described,
  filename: z.string(),
})

export const EntitySource = z.object({
  type: z.literal('entity'),
  ...described,
  id: z.string(),
  icon: optional(z.string()),
  label: optional(z.string()),
  inline_label: optional(z.string()),
  interactive: withDefault(z.boolean(), false),
  data: withDefault(FreeObject, {}),
  preview: optional(z.literal('lazy')),
})

/** Where a statement of the assistant comes from; `index` is its place in the text. */
export const Annotation = z.object({
  type: withDefault(z.literal('annotation'), 'annotation'),
  source: z.discriminatedUnion('type', [UrlSource, FileSource, EntitySource]),
  index: optional(z.int()),
})
export type Annotation = z.infer<typeof Annotation>
export type AnnotationInput = z.input<typeof Annotation>

/** One part of an assistant message. */
export const OutputText = z.object({
  type: withDefault(z.literal('output_text'), 'output_text'),
  text: z.string(),
  annotations: withDefault(z.array(Annotation), []),
})
export type OutputText = z.infer<typeof OutputText>
