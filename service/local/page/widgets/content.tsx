import type { JSX } from 'preact'
import { Icon, iconNamed } from '../view/icons.tsx'
import { RemoteImage } from '../view/remote-image.tsx'
import { color } from './color.ts'
import { isSet, textAt, type RendererProps } from './renderer.ts'
import { boxStyle, defined } from './style.ts'

const iconSizes: Readonly<Record<string, number>> = {
  xs: 12,
  sm: 14,
  md: 16,
  lg: 18,
  xl: 20,
  '2xl': 24,
  '3xl': 32,
}

export function Badge({ node }: RendererProps): JSX.Element {
  return (
    <span
      class="w-badge"
      data-color={textAt(node, 'color') ?? 'secondary'}
      data-variant={textAt(node, 'variant') ?? 'soft'}
      data-size={textAt(node, 'size') ?? 'sm'}
      data-pill={node['pill'] !== false}
    >
      {textAt(node, 'label')}
    </span>
  )
}

/** A picture of the page's own set. A name that nobody knows draws nothing. */
export function WidgetIcon({ node }: RendererProps): JSX.Element | null {
  const name = iconNamed(textAt(node, 'name'))
  if (!name) return null
  return (
    <span class="w-icon" style={defined({ color: color(node['color']) })}>
      <Icon name={name} size={iconSizes[textAt(node, 'size') ?? 'md'] ?? 16} />
    </span>
  )
}

export function Image({ node }: RendererProps): JSX.Element {
  const style = {
    ...boxStyle(node),
    ...defined({
      objectFit: textAt(node, 'fit') ?? 'cover',
      objectPosition: textAt(node, 'position'),
    }),
  }
  const look = [isSet(node, 'frame') && 'framed', isSet(node, 'flush') && 'flush']
  return (
    <RemoteImage
      src={textAt(node, 'src') ?? ''}
      alt={textAt(node, 'alt') ?? ''}
      look={look.filter(Boolean).join(' ')}
      style={style}
    />
  )
}
