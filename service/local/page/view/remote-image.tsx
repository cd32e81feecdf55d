import type { CSSProperties, JSX } from 'preact'
import { isLinkable } from '../chat/markdown.ts'
import { Icon } from './icons.tsx'

interface RemoteImageProps {
  readonly src: string
  readonly alt: string
  readonly style?: CSSProperties
}

/**
 * A picture that came inside the conversation is shown; one on another host is offered as a link,
 * because fetching it would tell that host about the conversation. The page's policy agrees.
 */
export function RemoteImage({ src, alt, style = {} }: RemoteImageProps): JSX.Element | null {
  if (src.startsWith('data:image/'))
    return <img class="picture" src={src} alt={alt} style={style} />
  if (!isLinkable(src)) return null
  return (
    <a class="picture-link" href={src} target="_blank" rel="noopener noreferrer">
      <Icon name="external-link" size={16} />
      <span>
        {alt || 'Picture'} <small>{new URL(src).host}</small>
      </span>
    </a>
  )
}
