import type { ComponentChildren } from 'preact'
import type { WidgetAction } from '../chat/conversation-session.ts'
import type { WidgetNode } from '../wire/items.ts'
import { z } from '../wire/zod.ts'

/** What every renderer is handed: the node, its drawn children, and where actions go. */
export interface RendererProps {
  readonly node: WidgetNode
  readonly children?: ComponentChildren
  readonly onAction: (action: WidgetAction) => void
}

const ServerAction = z.object({
  type: z.string(),
  payload: z.unknown().optional(),
  handler: z.enum(['server', 'client']).default('server'),
  streaming: z.boolean().default(true),
})

/** The text under a key of the node, or nothing. */
export function textAt(node: WidgetNode, key: string): string | undefined {
  const value = node[key]
  return typeof value === 'string' ? value : undefined
}

/** The action under a key of the node, if it is for the server: this page handles none itself. */
export function actionAt(node: WidgetNode, key: string): WidgetAction | undefined {
  const action = ServerAction.safeParse(node[key])
  if (!action.success || action.data.handler === 'client') return undefined
  const { type, payload, streaming } = action.data
  return { type, payload, streaming }
}
