import type { ComponentChildren, JSX } from 'preact'
import { Icon, iconNamed } from '../view/icons.tsx'
import type { WidgetNode } from '../wire/items.ts'
import { z } from '../wire/zod.ts'
import { actionAt, isSet, textAt, type NodeAction, type RendererProps } from './renderer.ts'
import { boxStyle } from './style.ts'
import { useAction } from './use-action.ts'

const Status = z.object({
  text: z.string(),
  icon: z.string().optional(),
  favicon: z.string().optional(),
})
const CardButton = z.looseObject({ label: z.string() })

/** The frame of most widgets, with its own two buttons where the server wants an answer. */
export function Card({ node, children, scene }: RendererProps): JSX.Element {
  const confirm = buttonAt(node, 'confirm')
  const cancel = buttonAt(node, 'cancel')
  const confirming = useAction(scene, confirm?.action, 'container')
  const cancelling = useAction(scene, cancel?.action, 'container')
  const isForm = isSet(node, 'asForm')
  const body = (
    <>
      <div
        class="w-card-body"
        style={boxStyle({ ...node, size: undefined, border: undefined, background: undefined })}
      >
        {children}
      </div>
      {(confirm || cancel) && (
        <div class="w-card-foot">
          {cancel && (
            <button
              type="button"
              class="button"
              aria-disabled={cancelling.isBlocked}
              onClick={(event) => cancelling.run(event.currentTarget)}
            >
              {cancel.label}
            </button>
          )}
          {confirm && (
            <button
              type={isForm ? 'submit' : 'button'}
              class="button primary"
              aria-disabled={confirming.isBlocked}
              onClick={(event) => {
                if (!isForm) confirming.run(event.currentTarget)
              }}
            >
              {confirm.label}
            </button>
          )}
        </div>
      )}
    </>
  )
  return (
    <CardFrame node={node} onSubmit={isForm ? confirming.run : undefined}>
      <StatusLine status={node['status']} />
      {isSet(node, 'collapsed') ? <Folded>{body}</Folded> : body}
    </CardFrame>
  )
}

interface CardFrameProps {
  readonly node: WidgetNode
  readonly onSubmit: ((form: Element) => void) | undefined
  readonly children: ComponentChildren
}

function CardFrame({ node, onSubmit, children }: CardFrameProps): JSX.Element {
  const { border, background } = node
  const props = {
    class: 'w-card',
    'data-size': textAt(node, 'size') ?? 'md',
    style: boxStyle({ type: node.type, border, background }),
  }
  if (!onSubmit) return <div {...props}>{children}</div>
  return (
    <form
      {...props}
      onSubmit={(event) => {
        event.preventDefault()
        onSubmit(event.currentTarget)
      }}
    >
      {children}
    </form>
  )
}

/** What a card was about, for who wants to see it again. */
function Folded({ children }: { children: ComponentChildren }): JSX.Element {
  return (
    <details class="w-folded">
      <summary>
        <Icon name="chevron-right" size={16} />
        Details
      </summary>
      {children}
    </details>
  )
}

/** A line above a card or a list. A picture in it is drawn only if the conversation carries it. */
export function StatusLine({ status }: { status: unknown }): JSX.Element | null {
  const { data } = Status.safeParse(status)
  if (!data) return null
  const icon = iconNamed(data.icon)
  return (
    <p class="w-status">
      {icon && <Icon name={icon} size={16} />}
      {data.favicon?.startsWith('data:image/') && (
        <img src={data.favicon} alt="" width={16} height={16} />
      )}
      {data.text}
    </p>
  )
}

function buttonAt(
  node: WidgetNode,
  key: string,
): { readonly label: string; readonly action: NodeAction | undefined } | undefined {
  const { data } = CardButton.safeParse(node[key])
  return data && { label: data.label, action: actionAt({ ...data, type: key }, 'action') }
}
