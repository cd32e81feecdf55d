import type { JSX } from 'preact'
import { childrenOf } from '../chat/widget-tree.ts'
import { color } from './color.ts'
import { actionAt, textAt, type RendererProps } from './renderer.ts'
import { boxStyle, defined, spacing } from './style.ts'
import { useAction } from './use-action.ts'

/** A root without a frame. */
export function Basic({ node, children }: RendererProps): JSX.Element {
  return <Flex node={node} direction={textAt(node, 'direction') ?? 'col'} children={children} />
}

export function Box({ node, children }: RendererProps): JSX.Element {
  return <Flex node={node} direction={textAt(node, 'direction') ?? 'col'} children={children} />
}

/** Fields that are handed in together. The browser demands what is required before it does. */
export function Form({ node, children, scene }: RendererProps): JSX.Element {
  const { isBusy, run } = useAction(scene, actionAt(node, 'onSubmitAction'), 'container')
  return (
    <form
      class={textAt(node, 'direction') === 'row' ? 'w-row w-form' : 'w-col w-form'}
      style={boxStyle(node)}
      aria-busy={isBusy}
      onSubmit={(event) => {
        event.preventDefault()
        run(event.currentTarget)
      }}
    >
      {children}
    </form>
  )
}

export function Row({ node, children }: RendererProps): JSX.Element {
  return <Flex node={node} direction="row" children={children} />
}

export function Col({ node, children }: RendererProps): JSX.Element {
  return <Flex node={node} direction="col" children={children} />
}

/** Something that comes in softly whenever it has become something else. */
export function Transition({ node, children }: RendererProps): JSX.Element {
  const inside = childrenOf(node)[0]
  const identity = inside && (textAt(inside, 'key') ?? textAt(inside, 'id') ?? inside.type)
  return (
    <div key={identity} class="w-transition">
      {children}
    </div>
  )
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
