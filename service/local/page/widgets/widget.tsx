import type { ComponentType, JSX } from 'preact'
import type { WidgetAction } from '../chat/conversation-session.ts'
import { childrenOf } from '../chat/widget-tree.ts'
import type { WidgetNode } from '../wire/items.ts'
import { Badge, Button, Image, WidgetIcon } from './content.tsx'
import { Basic, Box, Card, Col, Divider, ListView, ListViewItem, Row, Spacer } from './layout.tsx'
import { textAt, type RendererProps } from './renderer.ts'
import { Caption, Markdown, Text, Title } from './text.tsx'

// How each component of the protocol is drawn. A new one needs a line here and nothing else.
const renderers: Readonly<Record<string, ComponentType<RendererProps>>> = {
  Badge,
  Basic,
  Box,
  Button,
  Caption,
  Card,
  Col,
  Divider,
  Icon: WidgetIcon,
  Image,
  ListView,
  ListViewItem,
  Markdown,
  Row,
  Spacer,
  Text,
  Title,
}

interface WidgetProps {
  readonly root: WidgetNode
  readonly onAction: (action: WidgetAction) => void
}

/** A widget of the server. Of a component that is not known, what is inside is drawn. */
export function Widget({ root, onAction }: WidgetProps): JSX.Element {
  const draw = (node: WidgetNode, index: number): JSX.Element => {
    const Renderer = Object.hasOwn(renderers, node.type) ? renderers[node.type] : undefined
    const children = childrenOf(node).map(draw)
    const key = textAt(node, 'key') ?? textAt(node, 'id') ?? index
    if (!Renderer) return <>{children}</>
    return (
      <Renderer key={key} node={node} onAction={onAction}>
        {children}
      </Renderer>
    )
  }
  return <div class="widget">{draw(root, 0)}</div>
}
