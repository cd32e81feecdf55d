import type { CSSProperties, JSX } from 'preact'
import { useContext } from 'preact/hooks'
import { isLinkable } from '../chat/markdown.ts'
import { Icon } from './icons.tsx'
import { ImageDomains, isAllowedHost } from './image-domains.ts'

interface RemoteImageProps {
  readonly src: string
  readonly alt: string
  /** Classes for how it stands in its surroundings. */
  readonly look?: string
  readonly style?: CSSProperties
}

/**
 * A picture that came inside the conversation or from this server is shown. One on another host is
 * offered as a link, because fetching it would tell that host about the conversation, and is not
 * even that where the server allows other hosts only. The page's policy agrees.
 */
export function RemoteImage(props: RemoteImageProps): JSX.Element | null {
  const { src, alt, look = '', style = {} } = props
  const domains = useContext(ImageDomains)
  if (isOwn(src)) return <img class={`picture ${look}`} src={src} alt={alt} style={style} />
  if (!isLinkable(src)) return null
  const { hostname } = new URL(src)
  const words = (
    <span>
      {alt || 'Picture'} <small>{hostname}</small>
    </span>
  )
  if (!isAllowedHost(hostname, domains)) {
    return (
      <span class="picture-link" title="This conversation shows no pictures of this host">
        <Icon name="square-image" size={16} />
        {words}
      </span>
    )
  }
  return (
    <a class="picture-link" href={src} target="_blank" rel="noopener noreferrer">
      <Icon name="external-link" size={16} />
      {words}
    </a>
  )
}

/** Whether a picture can be had without asking anybody else for it. */
export function isOwn(src: string): boolean {
  if (src.startsWith('data:image/')) return true
  return URL.canParse(src, location.href) && new URL(src, location.href).origin === location.origin
}
