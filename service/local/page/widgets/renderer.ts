import type { ComponentChildren } from 'preact'
import type { WidgetAction } from '../chat/conversation-session.ts'
import type { WidgetNode } from '../wire/items.ts'
import { z } from '../wire/zod.ts'

/** What every renderer is handed: the node, its drawn children, and the widget it is part of. */
export interface RendererProps {
  readonly node: WidgetNode
  readonly children?: ComponentChildren
  readonly scene: WidgetScene
}

/** The widget around a node. */
export interface WidgetScene {
  /** Different for each widget of the page; ids of fields begin with it. */
  readonly id: string
  /** Names of the fields that have a `Label`. */
  readonly labelled: ReadonlySet<string>
  /** Whether an answer is being written, so that none can begin. */
  readonly isAnswering: boolean
  /** Does what an action asks for; resolves when that is done, or has failed and said so. */
  readonly act: (action: WidgetAction) => Promise<void>
  /** Shows the whole widget as waiting. */
  readonly setBusy: (isBusy: boolean) => void
}

const Loading = z.enum(['auto', 'none', 'self', 'container']).catch('auto')
export type Loading = z.infer<typeof Loading>

const Action = z
  .object({
    type: z.string(),
    payload: z.unknown().optional(),
    handler: z.enum(['server', 'client']).default('server'),
    streaming: z.boolean().default(true),
    loadingBehavior: Loading.default('auto'),
  })
  .transform(({ loadingBehavior: loading, ...action }) => ({ ...action, loading }))

/** An action of a node, and what is to be seen while it is done. */
export interface NodeAction extends WidgetAction {
  readonly loading: Loading
}

/** The text under a key of the node, or nothing. */
export function textAt(node: WidgetNode, key: string): string | undefined {
  const value = node[key]
  return typeof value === 'string' ? value : undefined
}

export function numberAt(node: WidgetNode, key: string): number | undefined {
  const value = node[key]
  return typeof value === 'number' ? value : undefined
}

/** Whether the node says yes under a key. */
export function isSet(node: WidgetNode, key: string): boolean {
  return node[key] === true
}

/** The action under a key of the node. */
export function actionAt(node: WidgetNode, key: string): NodeAction | undefined {
  const { data } = Action.safeParse(node[key])
  return data && { ...data, payload: data.payload }
}
