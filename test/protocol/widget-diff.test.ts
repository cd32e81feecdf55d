import assert from 'node:assert/strict'
import { test } from 'node:test'
import { COMPARED_NODES_MAX, widgetUpdates } from '../../service/protocol/widget-diff.ts'
import { WIDGET_DEPTH_MAX, WidgetJson } from '../../service/protocol/widgets.ts'

const card = (...children: readonly object[]) => WidgetJson.parse({ type: 'Card', children })
const text = (id: string | undefined, value: string, more: object = {}) => {
  return { type: 'Text', id, value, ...more }
}
const delta = (id: string, piece: string, done: boolean) => {
  return { type: 'widget.streaming_text.value_delta', component_id: id, delta: piece, done }
}
const whole = (widget: WidgetJson) => [{ type: 'widget.root.updated', widget }]

const state = (one: string, two: string, three: string) =>
  card(
    text('one', one, { streaming: true }),
    { type: 'Row', children: [{ type: 'Markdown', id: 'two', value: two, streaming: false }] },
    { type: 'Transition', children: text('three', three) },
  )

const wide = (value: string) =>
  card(...Array.from({ length: COMPARED_NODES_MAX }, () => ({ type: 'Row' })), text('t', value))

test('the same state again says nothing, in whatever order its properties are', () => {
  const before = card(text('t', 'x', { size: 'sm' }), { type: 'Row', gap: 1, align: 'end' })
  const after = card(
    { size: 'sm', value: 'x', id: 't', type: 'Text' },
    { align: 'end', gap: 1, type: 'Row' },
  )
  assert.deepEqual(widgetUpdates(before, after), [])
})

test('texts that only grow are sent piece by piece, in the order of the widget', () => {
  assert.deepEqual(widgetUpdates(state('', 'a', 'x'), state('One', 'ab', 'xy')), [
    delta('one', 'One', false),
    delta('two', 'b', true),
    delta('three', 'y', true),
  ])
})

test('what deltas cannot carry completely sends the whole', () => {
  const steps: readonly (readonly [string, object, object])[] = [
    ['another text', text('t', 'Low'), text('t', 'High')],
    ['less text', text('t', 'High'), text('t', 'Hi')],
    ['a text without id', text(undefined, 'a'), text(undefined, 'ab')],
    ['another id', text('t', 'a'), text('u', 'ab')],
    ['another key', text('t', 'a', { key: '1' }), text('t', 'ab', { key: '2' })],
    ['another type', text('t', 'a'), { ...text('t', 'ab'), type: 'Markdown' }],
    ['streaming ends', text('t', 'a', { streaming: true }), text('t', 'ab', { streaming: false })],
    ['a property more', text('t', 'a'), text('t', 'ab', { color: 'red' })],
    ['a property less', text('t', 'a', { color: 'red' }), text('t', 'ab')],
    [
      'words that do not grow',
      { type: 'Title', id: 't', value: 'a' },
      { type: 'Title', id: 't', value: 'ab' },
    ],
    ['a label', { type: 'Badge', id: 't', label: 'a' }, { type: 'Badge', id: 't', label: 'ab' }],
    ['a child more', { type: 'Row', children: [] }, { type: 'Row', children: [text('t', '')] }],
    ['the first child', { type: 'Row' }, { type: 'Row', children: [] }],
    [
      'one child for several',
      { type: 'Row', children: [text('t', 'a')] },
      { type: 'Row', children: text('t', 'a') },
    ],
    ['a deep property', { type: 'Box', padding: { x: 1 } }, { type: 'Box', padding: { x: 2 } }],
    [
      'text that is not on display',
      { type: 'Button', onClickAction: { type: 'go', payload: text('t', 'a') } },
      { type: 'Button', onClickAction: { type: 'go', payload: text('t', 'ab') } },
    ],
  ]
  for (const [what, before, after] of steps) {
    const other = text('other', 'same')
    assert.deepEqual(
      widgetUpdates(card(other, before), card(other, after)),
      whole(card(other, after)),
      what,
    )
  }
})

test('the whole is sent alone, though some text has grown as well', () => {
  const after = card(text('a', 'longer'), text('b', 'other'))
  assert.deepEqual(widgetUpdates(card(text('a', 'long'), text('b', 'some')), after), whole(after))
})

// A delta names its component by id: with two of them the client would have to guess.
test('a text whose id another component has does not grow piece by piece', () => {
  const after = card({ type: 'Divider', id: 'a' }, text('a', 'xy'))
  assert.deepEqual(
    widgetUpdates(card({ type: 'Divider', id: 'a' }, text('a', 'x')), after),
    whole(after),
  )
  const elsewhere = (value: string) =>
    card(text('a', value), { type: 'Icon', id: 'b' }, { type: 'Icon', id: 'b' })
  assert.deepEqual(widgetUpdates(elsewhere('x'), elsewhere('xy')), [delta('a', 'y', true)])
})

test('another root sends the whole', () => {
  const before = card(text('t', 'a'))
  for (const change of [{ type: 'Basic' }, { id: 'i' }, { key: 'k' }, { size: 'sm' }]) {
    const after = WidgetJson.parse({ ...before, ...change })
    assert.deepEqual(widgetUpdates(before, after), whole(after))
  }
})

test('a widget too large or too deep to compare is sent as a whole', () => {
  assert.deepEqual(widgetUpdates(wide('a'), wide('ab')), whole(wide('ab')))
  let deep: object = { type: 'Row' }
  for (let depth = 0; depth < WIDGET_DEPTH_MAX; depth += 1) deep = { type: 'Row', children: [deep] }
  assert.throws(() => card(deep), /nested 200 deep/)
})
