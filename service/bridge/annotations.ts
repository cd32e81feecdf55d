import type { ResponseOutputText } from 'openai/resources/responses/responses'
import type { Annotation } from '../protocol/annotations.ts'

/** A provider's annotation as ChatKit shows it; undefined for kinds that it cannot show. */
export function toAnnotation(
  annotation: ResponseOutputText['annotations'][number],
): Annotation | undefined {
  switch (annotation.type) {
    case 'url_citation':
      return {
        type: 'annotation',
        source: { type: 'url', url: annotation.url, title: annotation.title },
        index: annotation.end_index,
      }
    case 'file_citation':
      if (!annotation.filename) return undefined
      return {
        type: 'annotation',
        source: { type: 'file', filename: annotation.filename, title: annotation.filename },
        index: annotation.index,
      }
    case 'container_file_citation':
      if (!annotation.filename) return undefined
      return {
        type: 'annotation',
        source: { type: 'file', filename: annotation.filename, title: annotation.filename },
        index: annotation.end_index,
      }
    default:
      return undefined
  }
}
