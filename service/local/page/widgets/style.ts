import type { WidgetNode } from '../wire/items.ts'
import { z } from '../wire/zod.ts'
import { color } from './color.ts'

/** Declarations of CSS, as a `style` takes them. */
export type Style = Readonly<Record<string, string>>

// A bare number is a step of the spacing scale for distances, and pixels for sizes.
const SPACING_PX = 4

const flexAlign: Readonly<Record<string, string>> = {
  start: 'flex-start',
  end: 'flex-end',
  between: 'space-between',
  around: 'space-around',
  evenly: 'space-evenly',
}

const radii: Readonly<Record<string, string>> = {
  none: '0',
  '2xs': '2px',
  xs: '4px',
  sm: '6px',
  md: '8px',
  lg: '10px',
  xl: '12px',
  '2xl': '16px',
  '3xl': '20px',
  '4xl': '24px',
  full: '9999px',
  '100%': '100%',
}

const Sides = z.partialRecord(
  z.enum(['top', 'right', 'bottom', 'left', 'x', 'y']),
  z.union([z.number(), z.string()]),
)

const Line = z.object({
  size: z.number(),
  color: z.unknown().optional(),
  style: z.string().default('solid'),
})
const Lines = z.partialRecord(
  z.enum(['top', 'right', 'bottom', 'left', 'x', 'y']),
  z.union([z.number(), Line]),
)

/**
 * How a box is laid out, as style: the distances, sizes and colours of the node that were given.
 */
export function boxStyle(node: WidgetNode): Style {
  const { size, minSize, maxSize } = node
  return defined({
    alignItems: flexAt(node['align']),
    justifyContent: flexAt(node['justify']),
    flexWrap: word(node['wrap']),
    flex: flexOf(node['flex']),
    gap: spacing(node['gap']),
    padding: sides(node['padding']),
    margin: sides(node['margin']),
    width: length(node['width'] ?? size),
    height: length(node['height'] ?? size),
    minWidth: length(node['minWidth'] ?? minSize),
    minHeight: length(node['minHeight'] ?? minSize),
    maxWidth: length(node['maxWidth'] ?? maxSize),
    maxHeight: length(node['maxHeight'] ?? maxSize),
    aspectRatio: word(node['aspectRatio']),
    borderRadius: radii[word(node['radius']) ?? ''],
    background: color(node['background']),
    ...bordersOf(node['border']),
  })
}

/** A distance: a step of the scale, or a length of CSS. */
export function spacing(value: unknown): string | undefined {
  return typeof value === 'number' ? `${value * SPACING_PX}px` : word(value)
}

/** The same without the keys that have no value, as a style must not name them. */
export function defined(style: Readonly<Record<string, string | undefined>>): Style {
  return Object.fromEntries(
    Object.entries(style).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

/** A size: pixels, or a length of CSS. */
export function length(value: unknown): string | undefined {
  return typeof value === 'number' ? `${value}px` : word(value)
}

function word(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

function flexAt(value: unknown): string | undefined {
  const name = word(value)
  return name === undefined ? undefined : (flexAlign[name] ?? name)
}

function flexOf(value: unknown): string | undefined {
  return typeof value === 'number' ? `${value} 1 0%` : word(value)
}

function sides(value: unknown): string | undefined {
  const given = Sides.safeParse(value)
  if (!given.success) return spacing(value)
  const { top, right, bottom, left, x, y } = given.data
  return [top ?? y, right ?? x, bottom ?? y, left ?? x].map((side) => spacing(side ?? 0)).join(' ')
}

function bordersOf(value: unknown): Readonly<Record<string, string | undefined>> {
  const lines = Lines.safeParse(value)
  if (!lines.success || Line.safeParse(value).success) return { border: lineOf(value) }
  const { top, right, bottom, left, x, y } = lines.data
  return {
    borderTop: lineOf(top ?? y),
    borderRight: lineOf(right ?? x),
    borderBottom: lineOf(bottom ?? y),
    borderLeft: lineOf(left ?? x),
  }
}

function lineOf(value: unknown): string | undefined {
  if (typeof value === 'number') return `${value}px solid var(--line)`
  const line = Line.safeParse(value)
  if (!line.success) return undefined
  return `${line.data.size}px ${line.data.style} ${color(line.data.color) ?? 'var(--line)'}`
}
