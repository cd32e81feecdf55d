import type { JSX } from 'preact'
import { Icon, iconNamed } from '../view/icons.tsx'
import { actionAt, isSet, textAt, type RendererProps } from './renderer.ts'
import { useAction } from './use-action.ts'

const iconSizes: Readonly<Record<string, number>> = { sm: 14, md: 16, lg: 18, xl: 20, '2xl': 24 }

/**
 * A button: it runs its action, or hands in the form around it. Without either it is shown only.
 */
export function Button({ node, scene }: RendererProps): JSX.Element {
  const submits = isSet(node, 'submit')
  const action = actionAt(node, 'onClickAction')
  const { isBusy, isBlocked, run } = useAction(scene, action, 'self')
  const isPrimary = (textAt(node, 'style') ?? (submits ? 'primary' : 'secondary')) === 'primary'
  const isDead = isSet(node, 'disabled') || (!action && !submits)
  const label = textAt(node, 'label')
  return (
    <button
      type={submits ? 'submit' : 'button'}
      class="w-button"
      data-color={textAt(node, 'color') ?? (isPrimary ? 'primary' : 'secondary')}
      data-variant={textAt(node, 'variant') ?? (isPrimary ? 'solid' : 'outline')}
      data-size={textAt(node, 'size') ?? 'lg'}
      data-shape={shapeOf(node['pill'], node['uniform'])}
      data-block={isSet(node, 'block')}
      disabled={isDead}
      aria-disabled={isBlocked && !submits}
      aria-busy={isBusy}
      {...(label === undefined && { 'aria-label': action?.type ?? 'Button' })}
      onClick={(event) => {
        if (!submits) run(event.currentTarget)
      }}
    >
      {isBusy && <span class="spinner" />}
      {!isBusy && <ButtonIcon name={textAt(node, 'iconStart')} size={textAt(node, 'iconSize')} />}
      {label}
      <ButtonIcon name={textAt(node, 'iconEnd')} size={textAt(node, 'iconSize')} />
    </button>
  )
}

interface ButtonIconProps {
  readonly name: string | undefined
  readonly size: string | undefined
}

function ButtonIcon({ name, size = 'md' }: ButtonIconProps): JSX.Element | null {
  const icon = iconNamed(name)
  return icon ? <Icon name={icon} size={iconSizes[size] ?? 16} /> : null
}

function shapeOf(pill: unknown, uniform: unknown): string {
  return [pill !== false && 'pill', uniform === true && 'uniform'].filter(Boolean).join(' ')
}
