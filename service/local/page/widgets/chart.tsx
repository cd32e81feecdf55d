import type { JSX } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { chartModel, type ChartModel } from './chart-model.ts'
import { Bars, Curve, middleOf, type Plot } from './chart-shapes.tsx'
import type { RendererProps } from './renderer.ts'
import { boxStyle } from './style.ts'

const HEIGHT_PX = 220
const TOP_PX = 10
const X_AXIS_PX = 26
const CHARACTER_PX = 7
const LABEL_GAP_PX = 14
const WIDTH_BEFORE_MEASURING_PX = 440

/** Numbers as bars, areas and lines. Whoever does not see them has them in an unseen table. */
export function Chart({ node }: RendererProps): JSX.Element | null {
  const model = chartModel(node)
  const { box, width, height } = useSize(node['height'] ?? node['size'] ?? node['aspectRatio'])
  if (!model || model.series.length === 0) return null
  return (
    <figure class="w-chart" style={boxStyle(node)}>
      <div class="chart-box" ref={box}>
        <svg
          width={width}
          height={height}
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label={`Chart of ${model.series.map(({ label }) => label).join(', ')}`}
        >
          <Drawing model={model} width={width} height={height} />
        </svg>
      </div>
      {model.hasLegend && (
        <ul class="chart-legend" aria-hidden="true">
          {model.series.map(({ label, color }, index) => (
            <li key={index}>
              <span style={{ background: color }} />
              {label}
            </li>
          ))}
        </ul>
      )}
      <Numbers model={model} />
    </figure>
  )
}

interface DrawingProps {
  readonly model: ChartModel
  readonly width: number
  readonly height: number
}

function Drawing({ model, width, height }: DrawingProps): JSX.Element {
  const plot = plotFor(model, width, height)
  const names = model.ticks.map(inShort)
  return (
    <>
      {model.ticks.map((tick, index) => (
        <g key={tick}>
          <line
            class={tick === 0 ? 'chart-zero' : 'chart-grid'}
            x1={plot.left}
            x2={plot.right}
            y1={plot.y(tick)}
            y2={plot.y(tick)}
          />
          {model.hasYAxis && (
            <text class="chart-label" x={plot.left - 8} y={plot.y(tick) + 4} text-anchor="end">
              {names[index]}
            </text>
          )}
        </g>
      ))}
      {model.series.map((series, index) =>
        series.type === 'area' ? (
          <Curve key={index} model={model} plot={plot} series={series} />
        ) : null,
      )}
      <Bars model={model} plot={plot} />
      {model.series.map((series, index) =>
        series.type === 'line' ? (
          <Curve key={index} model={model} plot={plot} series={series} />
        ) : null,
      )}
      {model.hasXAxis && <CategoryNames model={model} plot={plot} />}
    </>
  )
}

/** As many names as there is room for, evenly. */
function CategoryNames({ model, plot }: { model: ChartModel; plot: Plot }): JSX.Element {
  const longest = Math.max(1, ...model.categories.map((name) => name.length))
  const room = (plot.right - plot.left) / Math.max(model.categories.length, 1)
  const every = Math.max(1, Math.ceil((longest * CHARACTER_PX + LABEL_GAP_PX) / room))
  return (
    <g>
      {model.categories.map((name, index) =>
        index % every === 0 ? (
          <text
            key={index}
            class="chart-label"
            x={middleOf(index, { model, plot })}
            y={plot.bottom + 18}
            text-anchor="middle"
          >
            {name}
          </text>
        ) : null,
      )}
    </g>
  )
}

function Numbers({ model }: { model: ChartModel }): JSX.Element {
  return (
    <table class="unseen">
      <thead>
        <tr>
          <th />
          {model.series.map(({ label }, index) => (
            <th key={index} scope="col">
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {model.categories.map((name, at) => (
          <tr key={at}>
            <th scope="row">{name}</th>
            {model.series.map(({ spans }, index) => (
              <td key={index}>{spans[at]?.value?.toLocaleString() ?? '–'}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function plotFor(model: ChartModel, width: number, height: number): Plot {
  const longest = Math.max(0, ...model.ticks.map((tick) => inShort(tick).length))
  const left = model.hasYAxis ? longest * CHARACTER_PX + LABEL_GAP_PX : 1
  const bottom = height - (model.hasXAxis ? X_AXIS_PX : 4)
  const [least, most] = [model.ticks[0] ?? 0, model.ticks.at(-1) ?? 1]
  const y = (value: number): number =>
    bottom - ((value - least) / (most - least)) * (bottom - TOP_PX)
  return { left, right: width - 1, top: TOP_PX, bottom, y }
}

function inShort(value: number): string {
  return new Intl.NumberFormat(undefined, { notation: 'compact' }).format(value)
}

/** The size of the box as it is laid out: text must keep its size where the box is narrow. */
function useSize(given: unknown) {
  const box = useRef<HTMLDivElement>(null)
  const [size, setSize] = useState({ width: WIDTH_BEFORE_MEASURING_PX, height: HEIGHT_PX })
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return undefined
    const measure = (): void => {
      const { width, height } = element.getBoundingClientRect()
      setSize({
        width: Math.max(Math.round(width), 80),
        height: given === undefined ? HEIGHT_PX : Math.max(Math.round(height), 80),
      })
    }
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    measure()
    return () => observer.disconnect()
  }, [given])
  return { box, ...size }
}
