import type { Chart } from './widget-chart.ts'
import type {
  Badge,
  Caption,
  Divider,
  Icon,
  Image,
  Markdown,
  Spacer,
  Text,
  Title,
} from './widget-content.ts'
import type {
  Button,
  Checkbox,
  DatePicker,
  Input,
  Label,
  RadioGroup,
  Select,
  Textarea,
} from './widget-controls.ts'
import type {
  ActionConfig,
  Align,
  Border,
  Borders,
  Color,
  Direction,
  Justify,
  Length,
  Named,
  Radius,
  Sized,
  Spacing,
} from './widget-style.ts'

// Type aliases rather than interfaces: only they are assignable to JSON in general.

type Boxed = Named &
  Sized & {
    readonly children?: readonly WidgetComponent[]
    readonly align?: Align
    readonly justify?: Justify
    readonly wrap?: 'nowrap' | 'wrap' | 'wrap-reverse'
    readonly flex?: Length
    readonly gap?: Length
    readonly padding?: Length | Spacing
    readonly margin?: Length | Spacing
    readonly border?: number | Border | Borders
    readonly radius?: Radius
    readonly background?: Color
  }

export type Box = Boxed & { readonly type: 'Box'; readonly direction?: Direction }
export type Row = Boxed & { readonly type: 'Row' }
export type Col = Boxed & { readonly type: 'Col' }

export type Form = Boxed & {
  readonly type: 'Form'
  readonly onSubmitAction?: ActionConfig
  readonly direction?: Direction
}

/** Animates its child when that changes: give the child a `key`. */
export type Transition = Named & { readonly type: 'Transition'; readonly children: WidgetComponent }

export type Table = Named & {
  readonly type: 'Table'
  readonly children?: readonly (TableRow | UntypedComponent)[]
}

export type TableRow = Named & {
  readonly type: 'Table.Row'
  readonly children?: readonly (TableCell | UntypedComponent)[]
  readonly header?: boolean
}

export type TableCell = Named & {
  readonly type: 'Table.Cell'
  readonly children?: readonly WidgetComponent[]
  readonly width?: Length
  readonly padding?: Spacing
  readonly colSpan?: number
  readonly rowSpan?: number
  readonly align?: 'start' | 'center' | 'end'
  readonly vAlign?: 'start' | 'center' | 'end'
  readonly colSize?: 'xs' | 'sm' | 'md' | 'lg' | 'xl'
}

/** An entry of a `ListView`, and of nothing else. */
export type ListViewItem = Named & {
  readonly type: 'ListViewItem'
  readonly children: readonly WidgetComponent[]
  readonly onClickAction?: ActionConfig
  readonly gap?: Length
  readonly align?: Align
}

/** What widgets are made of. */
export type WidgetComponent =
  | Badge
  | Box
  | Button
  | Caption
  | Chart
  | Checkbox
  | Col
  | DatePicker
  | Divider
  | Form
  | Icon
  | Image
  | Input
  | Label
  | Markdown
  | RadioGroup
  | Row
  | Select
  | Spacer
  | Table
  | Text
  | Textarea
  | Title
  | Transition
  | UntypedComponent

const untyped = Symbol('untyped')

/** A component that is sent as it is; see `untypedComponent`. */
export type UntypedComponent = { readonly [untyped]: true; readonly type: string }

/**
 * A component, or a property of one, that these types do not know and a newer client does. It is
 * sent as it is; a client that does not know it leaves it out.
 */
export function untypedComponent(component: {
  readonly type: string
  readonly [property: string]: unknown
}): UntypedComponent {
  return { ...component, [untyped]: true }
}
