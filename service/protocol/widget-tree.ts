import { WIDGET_DEPTH_MAX } from './widgets.ts'

/** A component of a widget as JSON, to be read and, in a copy of one's own, to be changed. */
export type WidgetNode = Record<string, unknown>

/** A widget's components, the root first, each before what is inside it. */
function* nodesOf(root: object, depth = 1): Generator<WidgetNode> {
  if (!isNode(root) || depth > WIDGET_DEPTH_MAX) return
  yield root
  const { children } = root
  for (const child of Array.isArray(children) ? children : [children]) {
    if (isNode(child)) yield* nodesOf(child, depth + 1)
  }
}

export function findNode(root: object, id: string): WidgetNode | undefined {
  return nodesOf(root).find((node) => node['id'] === id)
}

/** Whether a component's text can grow piece by piece. */
export function isGrowing(node: WidgetNode): node is WidgetNode & { value: string } {
  return (
    (node['type'] === 'Text' || node['type'] === 'Markdown') && typeof node['value'] === 'string'
  )
}

function isNode(value: unknown): value is WidgetNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
