import type { IconName } from './icons.ts'

/** A token such as `secondary`, `blue-500` or `#8b5cf6`; or one for each theme. */
export type Color = string | { readonly light: string; readonly dark: string }

/** Units of the design, or CSS such as `50%`. */
export type Length = number | string

export type Theme = 'light' | 'dark'
export type Direction = 'row' | 'col'
export type Align = 'start' | 'center' | 'end' | 'baseline' | 'stretch'
export type Justify = 'start' | 'center' | 'end' | 'between' | 'around' | 'evenly' | 'stretch'
export type TextAlign = 'start' | 'center' | 'end'
export type Weight = 'normal' | 'medium' | 'semibold' | 'bold'

/** `x` and `y` stand for both sides of their axis. */
export interface Spacing {
  readonly top?: Length
  readonly right?: Length
  readonly bottom?: Length
  readonly left?: Length
  readonly x?: Length
  readonly y?: Length
}

export interface Border {
  /** In pixels. */
  readonly size: number
  readonly color?: Color
  readonly style?:
    'solid' | 'dashed' | 'dotted' | 'double' | 'groove' | 'ridge' | 'inset' | 'outset'
}

type Edge = number | Border

export interface Borders {
  readonly top?: Edge
  readonly right?: Edge
  readonly bottom?: Edge
  readonly left?: Edge
  readonly x?: Edge
  readonly y?: Edge
}

export type Radius =
  '2xs' | 'xs' | 'sm' | 'md' | 'lg' | 'xl' | '2xl' | '3xl' | '4xl' | 'full' | '100%' | 'none'

export type ControlVariant = 'solid' | 'soft' | 'outline' | 'ghost'
export type ControlSize = '3xs' | '2xs' | 'xs' | 'sm' | 'md' | 'lg' | 'xl' | '2xl' | '3xl'

/** What every component may have: `key` tells siblings apart, `id` is what updates refer to. */
export type Named = { readonly key?: string; readonly id?: string }

/** How large a component is; `size` is width and height at once. */
export type Sized = {
  readonly height?: Length
  readonly width?: Length
  readonly size?: Length
  readonly minHeight?: Length
  readonly minWidth?: Length
  readonly minSize?: Length
  readonly maxHeight?: Length
  readonly maxWidth?: Length
  readonly maxSize?: Length
  readonly aspectRatio?: number | string
}

/** A line above a card or a list that says where it comes from. */
export type WidgetStatus =
  | { readonly text: string; readonly favicon?: string; readonly frame?: boolean }
  | { readonly text: string; readonly icon?: IconName }

/**
 * What happens on a click, a change or a submit. The values of the form around it become part of
 * the payload, where what is there already wins.
 */
export interface ActionConfig {
  readonly type: string
  readonly payload?: Readonly<Record<string, unknown>>
  /**
   * @default 'server' - see `Author.action`; 'client' is for the page, see its `widgets.onAction`
   */
  readonly handler?: 'server' | 'client'
  /** What looks busy meanwhile. @default 'auto' */
  readonly loadingBehavior?: 'auto' | 'none' | 'self' | 'container'
  /** @default true - an answer that is streamed; false is `Author.syncAction` */
  readonly streaming?: boolean
}

/** A button in the footer of a card. */
export interface CardAction {
  readonly label: string
  readonly action: ActionConfig
}
