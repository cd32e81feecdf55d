import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ItemUpdate } from '../../service/protocol/events.ts'
import { PendingItems } from '../../service/protocol/pending-items.ts'
import type { WidgetJson } from '../../service/protocol/widgets.ts'

const base = { id: 'msg_1', thread_id: 'thr_1', created_at: '2026-01-01T00:00:00Z' }

function shown(widget: WidgetJson, ...updates: readonly ItemUpdate[]): unknown {
  const pending = new PendingItems()
  const before = structuredClone(widget)
  pending.apply({ type: 'thread.item.added', item: { ...base, type: 'widget', widget } })
  for (const update of updates) {
    pending.apply({ type: 'thread.item.updated', item_id: base.id, update })
  }
  assert.deepEqual(widget, before, 'what was sent is not what is kept')
  const [item] = pending.all
  assert.ok(item?.type === 'widget')
  return item.widget
}

const widget: WidgetJson = {
  type: 'Card',
  children: [
    { type: 'Row', children: [{ type: 'Text', id: 't', value: 'Low', streaming: true }] },
    { type: 'Transition', id: 'x', children: { type: 'Icon', id: 'i', name: 'dot' } },
  ],
}
const grows = (id: string, delta: string): ItemUpdate => {
  return { type: 'widget.streaming_text.value_delta', component_id: id, delta, done: false }
}

test('text that grows is kept as far as it has come', () => {
  assert.deepEqual(shown(widget, grows('t', ' tide'), grows('t', '.')), {
    ...widget,
    children: [
      { type: 'Row', children: [{ type: 'Text', id: 't', value: 'Low tide.', streaming: true }] },
      { type: 'Transition', id: 'x', children: { type: 'Icon', id: 'i', name: 'dot' } },
    ],
  })
})

test('a component can be put in the place of another, wherever that is', () => {
  const component = { type: 'Markdown', id: 'i', value: 'a' }
  const update = { type: 'widget.component.updated', component_id: 'i', component } as const
  assert.deepEqual(shown(widget, update, grows('i', 'b')), {
    ...widget,
    children: [
      { type: 'Row', children: [{ type: 'Text', id: 't', value: 'Low', streaming: true }] },
      { type: 'Transition', id: 'x', children: { type: 'Markdown', id: 'i', value: 'ab' } },
    ],
  })
  assert.equal(component.value, 'a', 'what was sent is not what is kept')
})

test('after another whole, text grows on in that', () => {
  const next: WidgetJson = { type: 'Basic', children: [{ type: 'Text', id: 't', value: 'High' }] }
  const update = { type: 'widget.root.updated', widget: next } as const
  assert.deepEqual(shown(widget, grows('t', '!'), update, grows('t', ' tide')), {
    type: 'Basic',
    children: [{ type: 'Text', id: 't', value: 'High tide' }],
  })
  assert.deepEqual(next.children, [{ type: 'Text', id: 't', value: 'High' }])
})

test('an update of what is not there changes nothing', () => {
  const component = { type: 'Text', value: 'x' }
  assert.deepEqual(
    shown(widget, grows('i', 'x'), grows('nowhere', 'x'), {
      type: 'widget.component.updated',
      component_id: 'nowhere',
      component,
    }),
    widget,
  )
})
