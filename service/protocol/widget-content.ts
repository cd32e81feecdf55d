import type { IconName } from './icons.ts'
import type {
  Color,
  Length,
  Named,
  Radius,
  Sized,
  Spacing,
  TextAlign,
  Weight,
} from './widget-style.ts'

type Worded = Named & {
  readonly value: string
  readonly color?: Color
  readonly weight?: Weight
  readonly textAlign?: TextAlign
  readonly truncate?: boolean
  readonly maxLines?: number
}

/** A text that the user can change in place, as a field of the form around it. */
export interface Editable {
  readonly name: string
  readonly autoFocus?: boolean
  readonly autoSelect?: boolean
  readonly autoComplete?: string
  readonly allowAutofillExtensions?: boolean
  readonly pattern?: string
  readonly placeholder?: string
  readonly required?: boolean
}

/** Plain text. One with an `id` can grow while it is shown; see `growingText`. */
export type Text = Worded & {
  readonly type: 'Text'
  readonly streaming?: boolean
  readonly italic?: boolean
  readonly lineThrough?: boolean
  readonly width?: Length
  readonly size?: 'xs' | 'sm' | 'md' | 'lg' | 'xl'
  readonly minLines?: number
  readonly editable?: false | Editable
}

export type Title = Worded & {
  readonly type: 'Title'
  readonly size?: 'sm' | 'md' | 'lg' | 'xl' | '2xl' | '3xl' | '4xl' | '5xl'
}

export type Caption = Worded & { readonly type: 'Caption'; readonly size?: 'sm' | 'md' | 'lg' }

/** One with an `id` can grow while it is shown; see `growingText`. */
export type Markdown = Named & {
  readonly type: 'Markdown'
  readonly value: string
  readonly streaming?: boolean
}

export type Badge = Named & {
  readonly type: 'Badge'
  readonly label: string
  readonly color?: 'secondary' | 'success' | 'danger' | 'warning' | 'info' | 'discovery'
  readonly variant?: 'solid' | 'soft' | 'outline'
  readonly size?: 'sm' | 'md' | 'lg'
  readonly pill?: boolean
}

export type Icon = Named & {
  readonly type: 'Icon'
  readonly name: IconName
  readonly color?: Color
  readonly size?: 'xs' | 'sm' | 'md' | 'lg' | 'xl' | '2xl' | '3xl'
}

export type Image = Named &
  Sized & {
    readonly type: 'Image'
    readonly src: string
    readonly alt?: string
    readonly fit?: 'cover' | 'contain' | 'fill' | 'scale-down' | 'none'
    readonly position?:
      | 'top left'
      | 'top'
      | 'top right'
      | 'left'
      | 'center'
      | 'right'
      | 'bottom left'
      | 'bottom'
      | 'bottom right'
    readonly frame?: boolean
    /** To the edges of what is around it. */
    readonly flush?: boolean
    readonly radius?: Radius
    readonly margin?: Length | Spacing
    readonly background?: Color
    readonly flex?: Length
  }

export type Spacer = Named & { readonly type: 'Spacer'; readonly minSize?: Length }

export type Divider = Named & {
  readonly type: 'Divider'
  readonly color?: Color
  readonly size?: Length
  readonly spacing?: Length
  /** To the edges of what is around it. */
  readonly flush?: boolean
}
