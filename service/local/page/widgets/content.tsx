import type { JSX } from 'preact'
import { Icon, isIconName } from '../view/icons.tsx'
import { RemoteImage } from '../view/remote-image.tsx'
import { actionAt, textAt, type RendererProps } from './renderer.ts'
import { boxStyle, color, defined } from './style.ts'

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
    >
      {textAt(node, 'label')}
    </span>
  )
}

/** A picture of the page's own set. Where it has none of that name, nothing is drawn. */
export function WidgetIcon({ node }: RendererProps): JSX.Element | null {
  const name = (textAt(node, 'name') ?? '').replace(/^(?:lucide|vendor):/, '')
  if (!isIconName(name)) return null
  return (
    <span class="w-icon" style={defined({ color: color(node['color']) })}>
      <Icon name={name} size={iconSizes[textAt(node, 'size') ?? 'md'] ?? 16} />
    </span>
  )
}

export function Image({ node }: RendererProps): JSX.Element {
  const style = boxStyle(node)
  return (
    <RemoteImage src={textAt(node, 'src') ?? ''} alt={textAt(node, 'alt') ?? ''} style={style} />
  )
}

/** A button. Without an action for the server it is shown, but cannot be pressed. */
export function Button({ node, onAction }: RendererProps): JSX.Element {
  const action = actionAt(node, 'onClickAction')
  const icon = textAt(node, 'iconStart') ?? ''
  const style = textAt(node, 'style') === 'primary' ? 'primary' : ''
  return (
    <button
      type="button"
      class={`button ${style} ${node['block'] === true ? 'block' : ''}`}
      disabled={!action || node['disabled'] === true}
      onClick={() => action && onAction(action)}
    >
      {isIconName(icon) && <Icon name={icon} size={16} />}
      {textAt(node, 'label')}
    </button>
  )
}
