import { isDeepStrictEqual } from 'node:util'
import type { ItemUpdate } from './events.ts'
import { isGrowing } from './widget-tree.ts'
import type { WidgetNode } from './widget-tree.ts'
import { WIDGET_DEPTH_MAX } from './widgets.ts'
import type { WidgetJson } from './widgets.ts'

/** How many components are compared; a larger widget that changes is sent as a whole. */
export const COMPARED_NODES_MAX = 5_000

/**
 * What turns one state of a widget into the next on the client: nothing, text for components that
 * only grow, or the whole widget.
 *
 * Only a Text or Markdown with an `id` that no other component has can grow piece by piece.
 * Whatever else differs, and be it that a text stops `streaming`, sends the whole, so that the
 * client never shows something in between. Both states are without nulls, as `WidgetJson` makes
 * them.
 */
export function widgetUpdates(before: WidgetJson, after: WidgetJson): ItemUpdate[] {
  const comparison = new Comparison()
  if (comparison.growsInto(before, after, 1)) {
    const { growths, isAmbiguous } = comparison
    if (!growths.some(({ component_id: id }) => isAmbiguous(id))) return growths
  }
  return [{ type: 'widget.root.updated', widget: after }]
}

type Growth = Extract<ItemUpdate, { type: 'widget.streaming_text.value_delta' }>

class Comparison {
  readonly growths: Growth[] = []
  readonly #ids = new Set<unknown>()
  readonly #repeatedIds = new Set<unknown>()
  #nodesLeft = COMPARED_NODES_MAX

  readonly isAmbiguous = (id: string): boolean => this.#repeatedIds.has(id)

  /** Whether nothing differs but texts that have grown; those are noted. */
  growsInto(before: WidgetNode, after: WidgetNode, depth: number): boolean {
    this.#nodesLeft -= 1
    if (this.#nodesLeft < 0 || depth > WIDGET_DEPTH_MAX) return false
    if (!isDeepStrictEqual(fixedPart(before), fixedPart(after))) return false
    this.#note(after['id'])
    if (!this.#textGrowsInto(before, after)) return false
    return this.#childrenGrowInto(before['children'], after['children'], depth + 1)
  }

  #textGrowsInto(before: WidgetNode, after: WidgetNode): boolean {
    if (isDeepStrictEqual(before['value'], after['value'])) return true
    if (!isGrowing(before) || !isGrowing(after) || !after.value.startsWith(before.value))
      return false
    const id = after['id']
    if (typeof id !== 'string') return false
    this.growths.push({
      type: 'widget.streaming_text.value_delta',
      component_id: id,
      delta: after.value.slice(before.value.length),
      done: after['streaming'] !== true,
    })
    return true
  }

  #childrenGrowInto(before: unknown, after: unknown, depth: number): boolean {
    if (!Array.isArray(before) || !Array.isArray(after)) {
      if (isNode(before) && isNode(after)) return this.growsInto(before, after, depth)
      return isDeepStrictEqual(before, after)
    }
    if (before.length !== after.length) return false
    return after.every((child: unknown, index) => {
      const earlier: unknown = before[index]
      if (isNode(earlier) && isNode(child)) return this.growsInto(earlier, child, depth)
      return isDeepStrictEqual(earlier, child)
    })
  }

  #note(id: unknown): void {
    if (id === undefined) return
    if (this.#ids.has(id)) this.#repeatedIds.add(id)
    this.#ids.add(id)
  }
}

function fixedPart({ children: _children, value: _value, ...rest }: WidgetNode): WidgetNode {
  return rest
}

function isNode(value: unknown): value is WidgetNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
