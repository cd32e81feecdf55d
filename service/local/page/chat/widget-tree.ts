import { WidgetNode } from '../wire/items.ts'

/** The widgets directly inside a node: `children` is a list, one node, or missing. */
export function childrenOf(node: WidgetNode): WidgetNode[] {
  const { children } = node
  const list = Array.isArray(children) ? children : [children]
  return list.flatMap((child) => {
    const read = WidgetNode.safeParse(child)
    return read.success ? [read.data] : []
  })
}

/** The tree with the node of this id exchanged. */
export function replaceNode(root: WidgetNode, id: string, node: WidgetNode): WidgetNode {
  return changeNode(root, id, () => node)
}

/** The tree with text added to the `value` of the node of this id, which ends with `done`. */
export function appendToNode(
  root: WidgetNode,
  id: string,
  { delta, done }: { readonly delta: string; readonly done: boolean },
): WidgetNode {
  return changeNode(root, id, (node) => {
    const value = typeof node['value'] === 'string' ? node['value'] : ''
    return { ...node, value: value + delta, ...(done && { streaming: false }) }
  })
}

function changeNode(
  node: WidgetNode,
  id: string,
  change: (node: WidgetNode) => WidgetNode,
): WidgetNode {
  if (node['id'] === id) return change(node)
  const children = childrenOf(node)
  if (children.length === 0) return node
  return { ...node, children: children.map((child) => changeNode(child, id, change)) }
}
