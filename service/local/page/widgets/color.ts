import { z } from '../wire/zod.ts'

// The names the protocol gives to colours; what is missing here is taken for a colour of CSS.
const named: Readonly<Record<string, string>> = {
  prose: 'var(--ink)',
  primary: 'var(--ink)',
  emphasis: 'var(--ink)',
  default: 'var(--line)',
  subtle: 'var(--surface-soft)',
  strong: 'var(--ink-faint)',
  secondary: 'var(--ink-soft)',
  tertiary: 'var(--ink-faint)',
  info: 'var(--info)',
  discovery: 'var(--discovery)',
  success: 'var(--success)',
  caution: 'var(--warning)',
  warning: 'var(--warning)',
  danger: 'var(--danger)',
  surface: 'var(--surface)',
  'surface-secondary': 'var(--surface-soft)',
  'surface-tertiary': 'var(--surface-soft)',
  'surface-elevated': 'var(--surface)',
  'surface-elevated-secondary': 'var(--surface-soft)',
  'surface-elevated-tertiary': 'var(--surface-soft)',
}

// Hue and strength of the primitive colours in OKLCH; a step such as `blue-300` sets the lightness.
const hues: Readonly<Record<string, readonly [hue: number, chroma: number]>> = {
  gray: [150, 0.008],
  red: [27, 0.19],
  orange: [52, 0.17],
  yellow: [88, 0.15],
  green: [155, 0.13],
  blue: [254, 0.16],
  purple: [300, 0.17],
  pink: [350, 0.17],
}
const STEP_MAX = 1000
const LIGHTEST = 0.98
const DARKEST = 0.2
const MIDDLE = 500

const ThemeColor = z.object({ light: z.string(), dark: z.string() })

/** A colour as CSS: a name of the protocol, a colour of CSS, or one for light and one for dark. */
export function color(value: unknown): string | undefined {
  const pair = ThemeColor.safeParse(value)
  if (pair.success) return `light-dark(${color(pair.data.light)}, ${color(pair.data.dark)})`
  if (typeof value !== 'string') return undefined
  // An address would be fetched, and the host of the page's conversations is its own alone.
  if (/url|image/i.test(value)) return undefined
  return named[value] ?? primitive(value) ?? value
}

/** Colours for the series of a chart that name none, in turn. */
export function seriesColor(index: number): string {
  const order = ['blue', 'orange', 'green', 'purple', 'pink', 'yellow', 'red'] as const
  return primitive(order[index % order.length] ?? '') ?? 'currentColor'
}

function primitive(name: string): string | undefined {
  const [, hueName = '', step] = /^([a-z]+)(?:-(\d{2,3}))?$/.exec(name) ?? []
  if (hueName === 'alpha' && step !== undefined) {
    return `color-mix(in srgb, var(--ink) ${step}%, transparent)`
  }
  const hue = hues[hueName]
  if (!hue) return undefined
  // A plain name reads well on both grounds; black, white and the like are colours of CSS.
  const tone = Number(step ?? MIDDLE)
  const lightness = LIGHTEST - (tone / STEP_MAX) * (LIGHTEST - DARKEST)
  const strength = tone < MIDDLE ? (hue[1] * (tone + MIDDLE / 4)) / MIDDLE : hue[1]
  return `oklch(${lightness.toFixed(3)} ${Math.min(strength, hue[1]).toFixed(3)} ${hue[0]})`
}
