import type { JSX } from 'preact'
import { z } from '../wire/zod.ts'
import { actionAt, textAt, type RendererProps } from './renderer.ts'
import { boxStyle, color, defined, spacing } from './style.ts'

const Status = z.object({ text: z.string() })
const CardButton = z.object({ label: z.string() }).loose()

/** The frame of most widgets, with its own two buttons where the server wants an answer. */
export function Card({ node, children, onAction }: RendererProps): JSX.Element {
  const status = Status.safeParse(node['status'])
  const buttons = ['cancel', 'confirm'].flatMap((name) => {
    const button = CardButton.safeParse(node[name])
    if (!button.success) return []
    const action = actionAt({ type: 'CardButton', ...button.data }, 'action')
    return [{ name, label: button.data.label, action }]
  })
  return (
    <div class="w-card" data-size={textAt(node, 'size') ?? 'md'}>
      {status.success && <p class="w-status">{status.data.text}</p>}
      <div class="w-card-body" style={boxStyle({ ...node, size: undefined })}>
        {children}
      </div>
      {buttons.length > 0 && (
        <div class="w-card-foot">
          {buttons.map(({ name, label, action }) => (
            <button
              key={name}
              type="button"
              class={`button ${name === 'confirm' ? 'primary' : ''}`}
              disabled={!action}
              onClick={() => action && onAction(action)}
            >
              {label}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}

export function ListView({ node, children }: RendererProps): JSX.Element {
  const status = Status.safeParse(node['status'])
  return (
    <div class="w-card">
      {status.success && <p class="w-status">{status.data.text}</p>}
      <div class="w-list" role="list">
        {children}
      </div>
    </div>
  )
}

export function ListViewItem({ node, children, onAction }: RendererProps): JSX.Element {
  const action = actionAt(node, 'onClickAction')
  const style = boxStyle(node)
  return (
    <div role="listitem">
      {action ? (
        <button type="button" class="w-list-item" style={style} onClick={() => onAction(action)}>
          {children}
        </button>
      ) : (
        <div class="w-list-item" style={style}>
          {children}
        </div>
      )}
    </div>
  )
}

/** A root without a frame. */
export function Basic({ node, children }: RendererProps): JSX.Element {
  return <Flex node={node} direction={textAt(node, 'direction') ?? 'col'} children={children} />
}

export function Box({ node, children }: RendererProps): JSX.Element {
  return <Flex node={node} direction={textAt(node, 'direction') ?? 'col'} children={children} />
}

export function Row({ node, children }: RendererProps): JSX.Element {
  return <Flex node={node} direction="row" children={children} />
}

export function Col({ node, children }: RendererProps): JSX.Element {
  return <Flex node={node} direction="col" children={children} />
}

export function Spacer({ node }: RendererProps): JSX.Element {
  return <div class="w-spacer" style={defined({ minWidth: spacing(node['minSize']) })} />
}

export function Divider({ node }: RendererProps): JSX.Element {
  const style = defined({
    marginBlock: spacing(node['spacing']),
    borderTopColor: color(node['color']),
    borderTopWidth: typeof node['size'] === 'number' ? `${node['size']}px` : undefined,
  })
  return <hr class="w-divider" data-flush={node['flush'] === true} style={style} />
}

type FlexProps = Pick<RendererProps, 'node' | 'children'> & { readonly direction: string }

function Flex({ node, direction, children }: FlexProps): JSX.Element {
  return (
    <div class={direction === 'row' ? 'w-row' : 'w-col'} style={boxStyle(node)}>
      {children}
    </div>
  )
}
