import { z } from 'zod'
import type { ListViewItem, UntypedComponent, WidgetComponent } from './widget-components.ts'
import type {
  Align,
  Border,
  Borders,
  CardAction,
  Color,
  Direction,
  Justify,
  Length,
  Named,
  Spacing,
  Theme,
  WidgetStatus,
} from './widget-style.ts'

/** What a widget may have at its root. */
export const WIDGET_ROOTS = ['Card', 'ListView', 'Basic'] as const

/** How deep a widget may be nested, lists and payloads included. */
export const WIDGET_DEPTH_MAX = 200

/** A widget as authors write it: a name that is misspelt does not compile. */
export type WidgetRoot = Card | ListView | Basic | UntypedWidget

export type Card = Named & {
  readonly type: 'Card'
  readonly children: readonly WidgetComponent[]
  readonly size?: 'sm' | 'md' | 'lg' | 'full'
  readonly padding?: Length | Spacing
  readonly background?: Color
  readonly border?: number | Border | Borders
  readonly status?: WidgetStatus
  /** Whether the values of its fields go along with `confirm` and `cancel`. */
  readonly asForm?: boolean
  readonly confirm?: CardAction
  readonly cancel?: CardAction
  /** Leaves the header, once the card has been dealt with. */
  readonly collapsed?: boolean
  readonly theme?: Theme
}

export type ListView = Named & {
  readonly type: 'ListView'
  readonly children: readonly (ListViewItem | UntypedComponent)[]
  /** How many entries are shown before the user asks for more. */
  readonly limit?: number | 'auto'
  readonly status?: WidgetStatus
  readonly theme?: Theme
}

/** Components, or several widgets, without a frame around them. */
export type Basic = Named & {
  readonly type: 'Basic'
  readonly children: readonly (WidgetComponent | WidgetRoot)[]
  readonly direction?: Direction
  readonly gap?: Length
  readonly padding?: Length | Spacing
  readonly align?: Align
  readonly justify?: Justify
  readonly theme?: Theme
}

/**
 * A widget as the wire and the database have it: a tree of components as JSON. Only the root's type
 * is prescribed, so a component that a newer client knows needs no change here. Nulls disappear at
 * every depth, in lists and payloads as well.
 */
export const WidgetJson = z
  .looseObject({ type: z.enum(WIDGET_ROOTS) })
  .transform((root): WidgetJson => ({ ...dropNullsOf(root, 1), type: root.type }))
export interface WidgetJson {
  readonly type: (typeof WIDGET_ROOTS)[number]
  readonly [property: string]: unknown
}

/** One component, by the same rules. */
export const WidgetComponentJson = z
  .looseObject({ type: z.string() })
  .transform((component): WidgetComponentJson => {
    return { ...dropNullsOf(component, 1), type: component.type }
  })
export interface WidgetComponentJson {
  readonly type: string
  readonly [property: string]: unknown
}

const untyped = Symbol('untyped')

/** A widget that is sent as it is; see `untypedWidget`. */
export type UntypedWidget = {
  readonly [untyped]: true
  readonly type: (typeof WIDGET_ROOTS)[number]
}

/**
 * A widget from JSON that nobody has typed: of a template, of another program, or of a newer
 * client's making. Its root has to be one of `WIDGET_ROOTS`; all else is sent as it is. For one
 * component see `untypedComponent`.
 */
export function untypedWidget(json: unknown): UntypedWidget {
  const root = WidgetJson.safeParse(json)
  if (root.success) return { ...root.data, [untyped]: true }
  throw new TypeError(
    `A widget is an object whose type is one of ${WIDGET_ROOTS.join(', ')}; this is ${nameOf(json)}.`,
  )
}

function nameOf(json: unknown): string {
  if (Array.isArray(json)) return 'a list'
  if (!isRecord(json)) return json === null ? 'null' : `a ${typeof json}`
  return 'type' in json ? `of type ${JSON.stringify(json['type'])}` : 'an object without a type'
}

function dropNullsOf(value: Record<string, unknown>, depth: number): Record<string, unknown> {
  if (depth > WIDGET_DEPTH_MAX) {
    throw new RangeError(`A widget may be nested ${WIDGET_DEPTH_MAX} deep; this one is deeper.`)
  }
  const kept: Record<string, unknown> = {}
  for (const [key, child] of Object.entries(value)) {
    if (child === undefined || child === null) continue
    // A key of this name would set the prototype instead of a property.
    if (key !== '__proto__') kept[key] = dropNulls(child, depth + 1)
  }
  return kept
}

function dropNulls(value: unknown, depth: number): unknown {
  if (Array.isArray(value)) {
    if (depth > WIDGET_DEPTH_MAX) return dropNullsOf({}, depth)
    return value.filter((child) => child !== null).map((child) => dropNulls(child, depth + 1))
  }
  return isRecord(value) ? dropNullsOf(value, depth) : value
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
