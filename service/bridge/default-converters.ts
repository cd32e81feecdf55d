import type { Annotation } from '../protocol/annotations.ts'
import type { Converters } from '../protocol/author.ts'
import { toAnnotation } from './annotations.ts'
import { attachmentContent } from './attachment-content.ts'
import { fromKeptImage, imageAddress } from './kept-images.ts'
import { webAddress } from './web-address.ts'

/** The converters of a team, and the defaults for those that it does not have. */
export function completeConverters(own: Partial<Converters> = {}): Converters {
  const annotation = own.annotation ?? toAnnotation
  return {
    tag: own.tag ?? (() => Promise.resolve(undefined)),
    attachment: own.attachment ?? attachmentContent,
    item: async (item, chat) => (await own.item?.(item, chat)) ?? (await fromKeptImage(item, chat)),
    imageUrl: own.imageUrl ?? imageAddress,
    partialImages: own.partialImages ?? 0,
    annotation: (upstream) => safe(annotation(upstream)),
    hostedTools: own.hostedTools ?? true,
  }
}

/** Nothing for a source that is no page of the web: the model can be talked into any address. */
function safe(annotation: Annotation | undefined): Annotation | undefined {
  const source = annotation?.source
  return source?.type === 'url' && !webAddress(source.url) ? undefined : annotation
}
