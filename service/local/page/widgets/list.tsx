import { toChildArray, type JSX } from 'preact'
import { useState } from 'preact/hooks'
import { StatusLine } from './card.tsx'
import { actionAt, type RendererProps } from './renderer.ts'
import { boxStyle } from './style.ts'
import { useAction } from './use-action.ts'

// What `limit: "auto"` shows before the reader asks for the rest.
const AUTO_LIMIT = 6

export function ListView({ node, children }: RendererProps): JSX.Element {
  const [isWhole, setWhole] = useState(false)
  const entries = toChildArray(children)
  const { limit } = node
  const shown = typeof limit === 'number' ? limit : limit === 'auto' ? AUTO_LIMIT : Infinity
  const hidden = isWhole ? 0 : Math.max(0, entries.length - shown)
  return (
    <div class="w-card">
      <StatusLine status={node['status']} />
      <div class="w-list" role="list">
        {hidden > 0 ? entries.slice(0, shown) : entries}
      </div>
      {hidden > 0 && (
        <button type="button" class="w-list-more" onClick={() => setWhole(true)}>
          Show {hidden} more
        </button>
      )}
    </div>
  )
}

export function ListViewItem({ node, children, scene }: RendererProps): JSX.Element {
  const action = actionAt(node, 'onClickAction')
  const { isBusy, isBlocked, run } = useAction(scene, action, 'self')
  const style = boxStyle(node)
  return (
    <div role="listitem">
      {action ? (
        <button
          type="button"
          class="w-list-item"
          style={style}
          aria-busy={isBusy}
          aria-disabled={isBlocked}
          onClick={(event) => run(event.currentTarget)}
        >
          {children}
          {isBusy && <span class="spinner" />}
        </button>
      ) : (
        <div class="w-list-item" style={style}>
          {children}
        </div>
      )}
    </div>
  )
}
