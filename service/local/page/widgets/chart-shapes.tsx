import type { JSX } from 'preact'
import type { ChartModel, ChartSeries } from './chart-model.ts'

/** Where the drawing is, in pixels, and how values become heights. */
export interface Plot {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
  readonly y: (value: number) => number
}

interface ShapesProps {
  readonly model: ChartModel
  readonly plot: Plot
}

const CATEGORY_GAP_SHARE = 0.3
const BAR_WIDTH_MAX = 48

/** The middle of a category. */
export function middleOf(index: number, { model, plot }: ShapesProps): number {
  return plot.left + (index + 0.5) * categoryWidth({ model, plot })
}

/** Bars side by side; those of one stack stand on each other. */
export function Bars({ model, plot }: ShapesProps): JSX.Element {
  const bars = model.series.filter(({ type }) => type === 'bar')
  const columns = [...new Set(bars.map(columnOf))]
  const width = categoryWidth({ model, plot })
  const gap = model.categoryGap ?? width * CATEGORY_GAP_SHARE
  const room = Math.max(width - gap - model.barGap * (columns.length - 1), columns.length)
  const barWidth = Math.min(room / Math.max(columns.length, 1), BAR_WIDTH_MAX)
  const whole = columns.length * barWidth + (columns.length - 1) * model.barGap
  return (
    <g>
      {bars.map((series) => {
        const offset = columns.indexOf(columnOf(series)) * (barWidth + model.barGap) - whole / 2
        return series.spans.map(({ from, to, value }, index) => {
          if (value === undefined) return null
          const [high, low] = [plot.y(Math.max(from, to)), plot.y(Math.min(from, to))]
          return (
            <rect
              key={`${series.label}-${index}`}
              x={middleOf(index, { model, plot }) + offset}
              y={high}
              width={barWidth}
              height={Math.max(low - high, 0.5)}
              rx={Math.min(4, barWidth / 4)}
              style={{ fill: series.color }}
            >
              <Tip model={model} series={series} index={index} />
            </rect>
          )
        })
      })}
    </g>
  )
}

/** A line through the values, or the area below it. A missing value interrupts it. */
export function Curve({ series, ...shapes }: ShapesProps & { readonly series: ChartSeries }) {
  const { model, plot } = shapes
  const points = series.spans.flatMap(({ from, to, value }, index) =>
    value === undefined
      ? []
      : { x: middleOf(index, shapes), y: plot.y(to), base: plot.y(from), index },
  )
  const over = pathThrough(points, series)
  const under = pathThrough(
    points.toReversed().map(({ x, base }) => ({ x, y: base })),
    series,
  )
  return (
    <g style={{ color: series.color }}>
      {series.type === 'area' && points.length > 1 && (
        <path class="chart-area" d={`${over}L${under.slice(1)}Z`} />
      )}
      <path class="chart-line" d={over} />
      {points.map(({ x, y, index }) => (
        <circle key={index} class="chart-point" cx={x} cy={y} r={3.5}>
          <Tip model={model} series={series} index={index} />
        </circle>
      ))}
    </g>
  )
}

interface TipProps {
  readonly model: ChartModel
  readonly series: ChartSeries
  readonly index: number
}

function Tip({ model, series, index }: TipProps): JSX.Element | null {
  if (!model.hasTooltip) return null
  const value = series.spans[index]?.value
  return <title>{`${model.categories[index]}: ${series.label} ${value?.toLocaleString()}`}</title>
}

function columnOf({ stack, label }: ChartSeries): string {
  return stack === undefined ? `alone ${label}` : `stack ${stack}`
}

function categoryWidth({ model, plot }: ShapesProps): number {
  return (plot.right - plot.left) / Math.max(model.categories.length, 1)
}

interface Point {
  readonly x: number
  readonly y: number
}

function pathThrough(points: readonly Point[], { isStepped, isStraight }: ChartSeries): string {
  return points
    .map(({ x, y }, index) => {
      const before = points[index - 1]
      if (!before) return `M${x} ${y}`
      const middle = (before.x + x) / 2
      if (isStepped) return `H${middle}V${y}H${x}`
      if (isStraight) return `L${x} ${y}`
      // Level at both ends, so a curve never claims more than the values it joins.
      return `C${middle} ${before.y} ${middle} ${y} ${x} ${y}`
    })
    .join('')
}
