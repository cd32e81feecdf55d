import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApplicationEvent } from '../../service/protocol/events.ts'
import { growingText, widgetEvents } from '../../service/protocol/widget-stream.ts'
import { untypedWidget, WidgetJson } from '../../service/protocol/widgets.ts'
import type { WidgetRoot } from '../../service/protocol/widgets.ts'

const item = {
  id: 'msg_1',
  thread_id: 'thr_1',
  created_at: '2026-01-01T00:00:00Z',
  type: 'widget',
} as const

async function* from<Value>(...values: readonly Value[]): AsyncGenerator<Value> {
  yield* values
}

function eventsOf(...states: readonly WidgetRoot[]): Promise<ApplicationEvent[]> {
  return Array.fromAsync(widgetEvents(from(...states), item))
}

/** What a client has at the end of states, one after the other. */
async function textsOf(states: AsyncIterable<WidgetRoot>, id: string) {
  const texts: unknown[] = []
  for await (const state of states) {
    const { children } = WidgetJson.parse(state)
    assert.ok(Array.isArray(children))
    const node = children.find((child) => child.id === id)
    texts.push([node.value, node.streaming])
  }
  return texts
}

const card = (value: string): WidgetRoot => {
  return {
    type: 'Card',
    children: [
      { type: 'Title', value: 'Tides' },
      { type: 'Markdown', id: 'm', value },
    ],
  }
}

test('an object that its owner goes on changing is sent as it was', async () => {
  const state = { type: 'Card', children: [{ type: 'Text', id: 't', value: 'a' }] }
  async function* changing() {
    yield untypedWidget(state)
    state.children[0] = { type: 'Text', id: 't', value: 'ab' }
    yield untypedWidget(state)
  }
  const types = []
  for await (const event of widgetEvents(changing(), item)) {
    types.push(event.type === 'thread.item.updated' ? event.update.type : event.type)
  }
  assert.deepEqual(types, [
    'thread.item.added',
    'widget.streaming_text.value_delta',
    'thread.item.done',
  ])
})

// The database and some clients cannot hold half a character, so no event may carry one.
test('text that grows in the middle of a character is sent as a whole', async () => {
  const events = await eventsOf(card('a\ud83d'), card('a😀'), card('a😀!'))
  assert.doesNotMatch(JSON.stringify(events), /\\ud83d/)
  assert.deepEqual(
    events.flatMap((event) => (event.type === 'thread.item.updated' ? [event.update.type] : [])),
    ['widget.root.updated', 'widget.streaming_text.value_delta'],
  )
})

test('a null and a property that is missing are the same', async () => {
  const events = await eventsOf(
    untypedWidget({ type: 'Card', size: null, children: [] }),
    untypedWidget({ type: 'Card', children: [], theme: null }),
  )
  assert.deepEqual(
    events.map(({ type }) => type),
    ['thread.item.added', 'thread.item.done'],
  )
})

test('the texts of a stream grow in the component that was named, and end there', async () => {
  const states = growingText(card('So far: '), 'm', from('low', '', ' tide', '.'))
  assert.deepEqual(await textsOf(states, 'm'), [
    ['So far: ', true],
    ['So far: low', true],
    ['So far: low tide', true],
    ['So far: low tide.', true],
    ['So far: low tide.', false],
  ])
})

test('a stream without text ends what was begun', async () => {
  assert.deepEqual(await textsOf(growingText(card(''), 'm', from<string>()), 'm'), [
    ['', true],
    ['', false],
  ])
})

test('the widget that was given stays as it was', async () => {
  const given = card('a')
  const before = structuredClone(given)
  await Array.fromAsync(growingText(given, 'm', from('b')))
  assert.deepEqual(given, before)
})

test('only a Text or a Markdown can grow', async () => {
  const titled: WidgetRoot = { type: 'Card', children: [{ type: 'Title', id: 'm', value: 'x' }] }
  for (const widget of [titled, card('x')]) {
    const id = widget === titled ? 'm' : 'other'
    await assert.rejects(Array.fromAsync(growingText(widget, id, from('x'))), (error) => {
      assert.ok(error instanceof TypeError)
      assert.match(error.message, new RegExp(`Text or a Markdown with the id "${id}"`))
      return true
    })
  }
})

test('JSON that is no widget is refused with what one is', () => {
  for (const [json, words] of [
    [{ type: 'Text', value: 'x' }, /one of Card, ListView, Basic; this is of type "Text"/],
    [[], /this is a list/],
    [null, /this is null/],
    ['Card', /this is a string/],
    [{}, /an object without a type/],
  ] as const) {
    assert.throws(() => untypedWidget(json), words)
  }
})
