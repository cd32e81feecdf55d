import type { Color, Length, Named, Sized } from './widget-style.ts'

export type CurveType =
  | 'basis'
  | 'basisClosed'
  | 'basisOpen'
  | 'bump'
  | 'bumpX'
  | 'bumpY'
  | 'linear'
  | 'linearClosed'
  | 'monotone'
  | 'monotoneX'
  | 'monotoneY'
  | 'natural'
  | 'step'
  | 'stepAfter'
  | 'stepBefore'

type SeriesBase = {
  /** The field of each row that holds the number. */
  readonly dataKey: string
  /** What the legend says. */
  readonly label?: string
  readonly color?: Color
}

/** Series with the same `stack` stand on top of each other. */
export type Series =
  | (SeriesBase & { readonly type: 'bar'; readonly stack?: string })
  | (SeriesBase & {
      readonly type: 'area'
      readonly stack?: string
      readonly curveType?: CurveType
    })
  | (SeriesBase & { readonly type: 'line'; readonly curveType?: CurveType })

export interface XAxis {
  readonly dataKey: string
  readonly hide?: boolean
  /** Other words for values of the axis. */
  readonly labels?: Readonly<Record<string, string>>
}

export type Chart = Named &
  Sized & {
    readonly type: 'Chart'
    readonly data: readonly Readonly<Record<string, string | number>>[]
    readonly series: readonly Series[]
    /** The field of each row along the axis, or more about it. */
    readonly xAxis: string | XAxis
    readonly showYAxis?: boolean
    readonly showLegend?: boolean
    readonly showTooltip?: boolean
    /** In pixels. */
    readonly barGap?: number
    /** In pixels. */
    readonly barCategoryGap?: number
    readonly flex?: Length
  }
