import type { WidgetNode } from '../wire/items.ts'
import { z } from '../wire/zod.ts'
import { color, seriesColor } from './color.ts'

const Series = z.object({
  type: z.enum(['bar', 'area', 'line']),
  dataKey: z.string(),
  label: z.string().optional(),
  color: z.unknown().optional(),
  stack: z.string().optional().catch(undefined),
  curveType: z.string().optional().catch(undefined),
})

const Axis = z.object({
  dataKey: z.string(),
  hide: z.boolean().default(false),
  labels: z.record(z.string(), z.string()).default({}),
})

const ChartNode = z.object({
  data: z.array(z.record(z.string(), z.unknown())),
  series: z.array(z.unknown()),
  xAxis: z.preprocess((given) => (typeof given === 'string' ? { dataKey: given } : given), Axis),
  showYAxis: z.boolean().default(false).catch(false),
  showLegend: z.boolean().default(true).catch(true),
  showTooltip: z.boolean().default(true).catch(true),
  barGap: z.number().default(4).catch(4),
  barCategoryGap: z.number().optional().catch(undefined),
})

/** From where to where a value reaches: a stacked one begins where the one below it ends. */
export interface Span {
  readonly from: number
  readonly to: number
  readonly value: number | undefined
}

export interface ChartSeries {
  readonly type: 'bar' | 'area' | 'line'
  readonly label: string
  readonly color: string
  readonly stack: string | undefined
  readonly isStepped: boolean
  readonly isStraight: boolean
  /** One for each category. */
  readonly spans: readonly Span[]
}

export interface ChartModel {
  readonly categories: readonly string[]
  readonly series: readonly ChartSeries[]
  /** The values that have a line, from the lowest to the highest. */
  readonly ticks: readonly number[]
  readonly hasXAxis: boolean
  readonly hasYAxis: boolean
  readonly hasLegend: boolean
  readonly hasTooltip: boolean
  readonly barGap: number
  readonly categoryGap: number | undefined
}

const TICKS_WISHED = 4

/**
 * A chart as the numbers to draw; undefined when the node is none. Series that are none are left.
 */
export function chartModel(node: WidgetNode): ChartModel | undefined {
  const { data: chart } = ChartNode.safeParse(node)
  if (!chart) return undefined
  const { xAxis } = chart
  const tops = new Map<string, number>()
  const series = chart.series.flatMap((given, index) => {
    const { data: one } = Series.safeParse(given)
    if (!one) return []
    const spans = chart.data.map((row, at) =>
      spanOf(row[one.dataKey], tops, one.stack && `${one.stack} ${at}`),
    )
    const curve = one.curveType ?? ''
    return {
      type: one.type,
      label: one.label ?? one.dataKey,
      color: color(one.color) ?? seriesColor(index),
      stack: one.stack,
      isStepped: curve.startsWith('step'),
      isStraight: curve.startsWith('linear'),
      spans,
    }
  })
  const ends = series.flatMap(({ spans }) => spans.flatMap(({ from, to }) => [from, to]))
  return {
    categories: chart.data.map((row) => {
      const name = nameOf(row[xAxis.dataKey])
      return Object.hasOwn(xAxis.labels, name) ? (xAxis.labels[name] ?? name) : name
    }),
    series,
    ticks: ticksFor(Math.min(0, ...ends), Math.max(0, ...ends)),
    hasXAxis: !xAxis.hide,
    hasYAxis: chart.showYAxis,
    hasLegend: chart.showLegend,
    hasTooltip: chart.showTooltip,
    barGap: chart.barGap,
    categoryGap: chart.barCategoryGap,
  }
}

function nameOf(given: unknown): string {
  return typeof given === 'string' || typeof given === 'number' ? String(given) : ''
}

/** `tops` says how far the stacks have grown; negative values grow downwards by themselves. */
function spanOf(given: unknown, tops: Map<string, number>, stack: string | undefined): Span {
  const number = typeof given === 'string' && given.trim() !== '' ? Number(given) : given
  const value = typeof number === 'number' && Number.isFinite(number) ? number : undefined
  if (stack === undefined) return { from: 0, to: value ?? 0, value }
  const key = (value ?? 0) < 0 ? `${stack} down` : stack
  const from = tops.get(key) ?? 0
  const to = from + (value ?? 0)
  tops.set(key, to)
  return { from, to, value }
}

/** Round numbers that enclose everything. */
function ticksFor(least: number, most: number): number[] {
  const rough = (most - least || 1) / TICKS_WISHED
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power
  const first = Math.floor(least / step)
  const last = Math.max(first + 1, Math.ceil(most / step))
  return Array.from({ length: last - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  )
}
