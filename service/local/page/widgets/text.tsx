import type { JSX } from 'preact'
import { MarkdownText } from '../view/markdown-text.tsx'
import { WidgetNode } from '../wire/items.ts'
import { color } from './color.ts'
import { fieldProps, given, useFirstFocus } from './fields.tsx'
import { isSet, numberAt, textAt, type RendererProps } from './renderer.ts'
import { defined, length, type Style } from './style.ts'

const weights: Readonly<Record<string, string>> = {
  normal: '400',
  medium: '500',
  semibold: '600',
  bold: '700',
}

export function Text({ node, scene }: RendererProps): JSX.Element {
  const { data: editable } = WidgetNode.safeParse({ type: 'Editable', ...Object(node['editable']) })
  if (editable && textAt(editable, 'name') !== undefined) {
    return <EditableText node={{ ...node, ...editable }} scene={scene} />
  }
  return (
    <p
      class="w-text"
      data-size={textAt(node, 'size') ?? 'md'}
      data-streaming={isSet(node, 'streaming')}
      style={textStyle(node)}
    >
      {textAt(node, 'value')}
    </p>
  )
}

/** A text that the user may change in its place; it is a field of the form around it. */
function EditableText({ node, scene }: RendererProps): JSX.Element {
  const line = useFirstFocus<HTMLInputElement>(node)
  const lines = useFirstFocus<HTMLTextAreaElement>(node)
  const props = {
    ...fieldProps(node, scene),
    class: 'w-text w-editable',
    style: textStyle(node),
    defaultValue: textAt(node, 'value') ?? '',
    autocomplete: textAt(node, 'autoComplete') ?? 'off',
  }
  const rows = numberAt(node, 'minLines') ?? 1
  if (rows > 1) return <textarea ref={lines} rows={rows} {...props} />
  return <input ref={line} type="text" {...props} {...given(node, 'pattern')} />
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
  return (
    <div data-streaming={isSet(node, 'streaming')}>
      <MarkdownText text={textAt(node, 'value') ?? ''} />
    </div>
  )
}

function textStyle(node: WidgetNode): Style {
  const lines = isSet(node, 'truncate') ? 1 : node['maxLines']
  const clamped = typeof lines === 'number'
  const least = numberAt(node, 'minLines')
  return defined({
    color: color(node['color']),
    width: length(node['width']),
    minHeight: least === undefined ? undefined : `${least * 1.5}em`,
    fontWeight: weights[textAt(node, 'weight') ?? ''],
    textAlign: textAt(node, 'textAlign'),
    fontStyle: isSet(node, 'italic') ? 'italic' : undefined,
    textDecoration: isSet(node, 'lineThrough') ? 'line-through' : undefined,
    display: clamped ? '-webkit-box' : undefined,
    WebkitBoxOrient: clamped ? 'vertical' : undefined,
    WebkitLineClamp: clamped ? String(lines) : undefined,
    overflow: clamped ? 'hidden' : undefined,
  })
}
