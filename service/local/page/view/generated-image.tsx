import type { JSX } from 'preact'
import type { ItemOf } from '../wire/items.ts'
import { ownAddress } from './own-address.ts'
import { RemoteImage } from './remote-image.tsx'

interface GeneratedImageProps {
  readonly item: ItemOf<'generated_image'>
  readonly live: boolean
}

/** A picture that the assistant makes: what there is of it so far, and how far it has come. */
export function GeneratedImage({ item, live }: GeneratedImageProps): JSX.Element {
  const { image, progress } = item
  return (
    <figure class="generated" data-live={live}>
      {image ? (
        <RemoteImage
          src={ownAddress(image.url)}
          alt={live ? 'Unfinished picture' : 'Generated picture'}
        />
      ) : (
        <div class="picture-waiting shimmer">{live ? 'Making a picture …' : 'No picture'}</div>
      )}
      {live && (
        <progress
          {...(progress !== undefined && { value: progress })}
          aria-label="Making a picture"
        />
      )}
    </figure>
  )
}
