import type { CSSProperties, JSX } from 'preact'
import { MarkdownText } from '../view/markdown-text.tsx'
import type { WidgetNode } from '../wire/items.ts'
import { textAt, type RendererProps } from './renderer.ts'
import { color, defined } from './style.ts'

const weights: Readonly<Record<string, string>> = {
  normal: '400',
  medium: '500',
  semibold: '600',
  bold: '700',
}

export function Text({ node }: RendererProps): JSX.Element {
  return (
    <p class="w-text" data-size={textAt(node, 'size') ?? 'md'} style={textStyle(node)}>
      {textAt(node, 'value')}
    </p>
  )
}

export function Title({ node }: RendererProps): JSX.Element {
  return (
    <p class="w-title" data-size={textAt(node, 'size') ?? 'md'} style={textStyle(node)}>
      {textAt(node, 'value')}
    </p>
  )
}

export function Caption({ node }: RendererProps): JSX.Element {
  return (
    <p class="w-caption" data-size={textAt(node, 'size') ?? 'md'} style={textStyle(node)}>
      {textAt(node, 'value')}
    </p>
  )
}

export function Markdown({ node }: RendererProps): JSX.Element {
  return <MarkdownText text={textAt(node, 'value') ?? ''} />
}

function textStyle(node: WidgetNode): CSSProperties {
  const lines = node['truncate'] === true ? 1 : node['maxLines']
  const clamped = typeof lines === 'number'
  return defined({
    color: color(node['color']),
    fontWeight: weights[textAt(node, 'weight') ?? ''],
    textAlign: textAt(node, 'textAlign'),
    fontStyle: node['italic'] === true ? 'italic' : undefined,
    textDecoration: node['lineThrough'] === true ? 'line-through' : undefined,
    display: clamped ? '-webkit-box' : undefined,
    WebkitBoxOrient: clamped ? 'vertical' : undefined,
    WebkitLineClamp: clamped ? String(lines) : undefined,
    overflow: clamped ? 'hidden' : undefined,
  })
}
