import { z } from 'zod'
import type { Annotation } from '../protocol/annotations.ts'

// Compatible servers leave fields out; what is needed to show a source decides whether it is shown.
const Place = z.int().nonnegative().optional().catch(undefined)
const Title = z.string().optional().catch(undefined)

const UpstreamAnnotation = z.discriminatedUnion('type', [
  z.object({ type: z.literal('url_citation'), url: z.string(), title: Title, end_index: Place }),
  z.object({ type: z.literal('file_citation'), filename: z.string().min(1), index: Place }),
  z.object({
    type: z.literal('container_file_citation'),
    filename: z.string().min(1),
    end_index: Place,
  }),
])

/** A provider's annotation as ChatKit shows it; undefined for what cannot be shown. */
export function toAnnotation(upstream: unknown): Annotation | undefined {
  const parsed = UpstreamAnnotation.safeParse(upstream)
  if (!parsed.success) return undefined
  const annotation = parsed.data
  switch (annotation.type) {
    case 'url_citation': {
      const { url, title = url, end_index: index } = annotation
      return { type: 'annotation', source: { type: 'url', url, title }, index }
    }
    case 'file_citation':
      return fileAnnotation(annotation.filename, annotation.index)
    case 'container_file_citation':
      return fileAnnotation(annotation.filename, annotation.end_index)
  }
}

function fileAnnotation(filename: string, index: number | undefined): Annotation {
  return { type: 'annotation', source: { type: 'file', filename, title: filename }, index }
}
