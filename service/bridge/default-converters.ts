import type { Converters } from '../protocol/author.ts'
import { toAnnotation } from './annotations.ts'
import { attachmentContent } from './attachment-content.ts'

/** The converters of a team, and the defaults for those that it does not have. */
export function completeConverters(own: Partial<Converters> = {}): Converters {
  return {
    tag: own.tag ?? (() => Promise.resolve(undefined)),
    attachment: own.attachment ?? attachmentContent,
    item: own.item ?? (() => Promise.resolve(undefined)),
    imageUrl:
      own.imageUrl ??
      (({ mimeType, base64 }) => Promise.resolve(`data:${mimeType};base64,${base64}`)),
    partialImages: own.partialImages ?? 0,
    annotation: own.annotation ?? toAnnotation,
    hostedTools: own.hostedTools ?? true,
  }
}
