import type { ComponentType, JSX } from 'preact'
import { useId, useState } from 'preact/hooks'
import type { WidgetAction } from '../chat/conversation-session.ts'
import { childrenOf } from '../chat/widget-tree.ts'
import type { WidgetNode } from '../wire/items.ts'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import { Chart } from './chart.tsx'
import { Badge, Image, WidgetIcon } from './content.tsx'
import { Checkbox, DatePicker, Input, Label, RadioGroup, Select, Textarea } from './fields.tsx'
import { Basic, Box, Col, Divider, Form, Row, Spacer, Transition } from './layout.tsx'
import { ListView, ListViewItem } from './list.tsx'
import { textAt, type RendererProps, type WidgetScene } from './renderer.ts'
import { Table, TableCell, TableRow } from './table.tsx'
import { Caption, Markdown, Text, Title } from './text.tsx'

// How each component of the protocol is drawn. A new one needs a line here and nothing else.
const renderers: Readonly<Record<string, ComponentType<RendererProps>>> = {
  Badge,
  Basic,
  Box,
  Button,
  Caption,
  Card,
  Chart,
  Checkbox,
  Col,
  DatePicker,
  Divider,
  Form,
  Icon: WidgetIcon,
  Image,
  Input,
  Label,
  ListView,
  ListViewItem,
  Markdown,
  RadioGroup,
  Row,
  Select,
  Spacer,
  Table,
  'Table.Cell': TableCell,
  'Table.Row': TableRow,
  Text,
  Textarea,
  Title,
  Transition,
}

interface WidgetProps {
  readonly root: WidgetNode
  readonly isAnswering: boolean
  readonly onAction: (action: WidgetAction) => Promise<void>
}

/** A widget of the server. Of a component that is not known, what is inside is drawn. */
export function Widget({ root, isAnswering, onAction }: WidgetProps): JSX.Element {
  const id = useId()
  const [isBusy, setBusy] = useState(false)
  const labelled = new Set(namesIn(root))
  const scene: WidgetScene = { id, labelled, isAnswering, act: onAction, setBusy }
  const draw = (node: WidgetNode, index: number): JSX.Element => {
    const Renderer = Object.hasOwn(renderers, node.type) ? renderers[node.type] : undefined
    const children = childrenOf(node).map(draw)
    const key = textAt(node, 'key') ?? textAt(node, 'id') ?? index
    if (!Renderer) return <>{children}</>
    return (
      <Renderer key={key} node={node} scene={scene}>
        {children}
      </Renderer>
    )
  }
  return (
    <div class="widget" data-theme={textAt(root, 'theme')} inert={isBusy} aria-busy={isBusy}>
      {draw(root, 0)}
    </div>
  )
}

/** The names of the fields that have a label of their own. */
function namesIn(node: WidgetNode): string[] {
  const own = node.type === 'Label' ? [textAt(node, 'fieldName') ?? ''] : []
  return [...own, ...childrenOf(node).flatMap(namesIn)]
}
