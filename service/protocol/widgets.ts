import { z } from 'zod'

/** What a widget may have at its root. */
export const WIDGET_ROOTS = ['Card', 'ListView', 'Basic'] as const

/**
 * A widget: a tree of components as JSON. Only the root's type is prescribed, so a component that
 * a newer client knows needs no change here. Nulls disappear at every depth, in lists as well.
 */
export const WidgetRoot = z
  .looseObject({ type: z.enum(WIDGET_ROOTS) })
  .transform((root): WidgetRoot => ({ ...dropNullsOf(root), type: root.type }))
export interface WidgetRoot {
  readonly type: (typeof WIDGET_ROOTS)[number]
  readonly [property: string]: unknown
}

function dropNullsOf(value: Record<string, unknown>): Record<string, unknown> {
  const kept: Record<string, unknown> = {}
  for (const [key, child] of Object.entries(value)) {
    if (child === undefined || child === null) continue
    kept[key] = dropNulls(child)
  }
  return kept
}

function dropNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((child) => child !== null).map(dropNulls)
  return isRecord(value) ? dropNullsOf(value) : value
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
