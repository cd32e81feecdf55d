import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { applyEvent } from '../../service/local/page/chat/apply-event.ts'
import { emptyConversation } from '../../service/local/page/chat/conversation.ts'
import { ThreadEvent } from '../../service/local/page/wire/events.ts'
import { Annotation, OutputText } from '../../service/protocol/annotations.ts'
import type { ApplicationEvent, ThreadStreamEvent } from '../../service/protocol/events.ts'
import { PendingItems } from '../../service/protocol/pending-items.ts'
import { Task } from '../../service/protocol/tasks.ts'
import { widgetEvents } from '../../service/protocol/widget-stream.ts'
import { untypedWidget } from '../../service/protocol/widgets.ts'
import type { WidgetJson } from '../../service/protocol/widgets.ts'
import { someText, someWidget, valueOf } from '../support/arbitraries.ts'
import '../support/random.ts'

// What an interrupted answer keeps, and what a reload shows, is folded from the events. It has to
// be what the client makes of the same events: here the local page, which shares no code with it.

const base = { id: 'msg_1', thread_id: 'thr_1', created_at: '2026-01-01T00:00:00Z' }

/**
 * What looks the same: text that stopped streaming and text that never did; one child and a list of
 * it.
 */
function asShown(item: unknown): unknown {
  return JSON.parse(JSON.stringify(item ?? null), (key, value: unknown) => {
    if (key === 'streaming' && value === false) return undefined
    return key === 'children' && !Array.isArray(value) ? [value] : value
  })
}

/** Lets both apply events, and compares them after each. */
function compare(events: readonly ApplicationEvent[], check: (item: unknown) => void = () => {}) {
  const pending = new PendingItems()
  let page = emptyConversation
  for (const event of events) {
    // Through the wire, as the page gets it.
    const sent: ThreadStreamEvent = JSON.parse(JSON.stringify(event))
    pending.apply(sent)
    page = applyEvent(page, ThreadEvent.parse(JSON.parse(JSON.stringify(sent))))
    const [kept] = pending.all
    const shown = page.items.find(({ id }) => page.unfinished.has(id))
    const read = ThreadEvent.parse({
      type: 'thread.item.added',
      item: kept ?? { ...base, type: 'end_of_turn' },
    })
    assert.ok('item' in read)
    assert.deepEqual(asShown(kept ? read.item : undefined), asShown(shown))
    check(kept)
  }
}

const index = fc.nat({ max: 4 })

function updatesOf(...updates: readonly fc.Arbitrary<object>[]) {
  return fc.array(fc.oneof(...updates), { maxLength: 10 })
}

function eventsOf(item: object, updates: readonly object[]): ApplicationEvent[] {
  const added = { type: 'thread.item.added', item: { ...base, ...item } }
  const rest = updates.map((update) => ({ type: 'thread.item.updated', item_id: base.id, update }))
  return JSON.parse(JSON.stringify([added, ...rest]))
}

test('a message grows for the fold as it does for the page', () => {
  const updates = updatesOf(
    fc.record({
      type: fc.constantFrom(
        'assistant_message.content_part.added',
        'assistant_message.content_part.done',
      ),
      content_index: index,
      content: valueOf(OutputText),
    }),
    fc.record({
      type: fc.constant('assistant_message.content_part.text_delta'),
      content_index: index,
      delta: someText,
    }),
    fc.record({
      type: fc.constant('assistant_message.content_part.annotation_added'),
      content_index: index,
      annotation_index: index,
      annotation: valueOf(Annotation),
    }),
  )
  fc.assert(
    fc.property(updates, (some) =>
      compare(eventsOf({ type: 'assistant_message', content: [] }, some)),
    ),
    { numRuns: 300 },
  )
})

test('a workflow goes through its tasks for the fold as it does for the page', () => {
  const type = fc.constantFrom('workflow.task.added', 'workflow.task.updated')
  const updates = fc
    .array(fc.tuple(type, fc.nat(), valueOf(Task)), { maxLength: 10 })
    .map((steps) => {
      let length = 0
      return steps.flatMap(([kind, place, task]) => {
        if (kind === 'workflow.task.updated' && length === 0) return []
        const task_index = kind === 'workflow.task.added' ? length : place % length
        if (kind === 'workflow.task.added') length += 1
        return [{ type: kind, task_index, task }]
      })
    })
  const item = { type: 'workflow', workflow: { type: 'custom', tasks: [], expanded: false } }
  fc.assert(
    fc.property(updates, (some) => compare(eventsOf(item, some))),
    { numRuns: 300 },
  )
})

/** The next state of a widget: one text longer, or something else altogether. */
function changed(
  widget: WidgetJson,
  [seed, more, other]: readonly [number, string, WidgetJson],
): WidgetJson {
  if (seed % 4 === 0) return other
  let count = 0
  return JSON.parse(JSON.stringify(widget), (_key, node: unknown) => {
    const grows = isText(node) && (count += 1) % 2 === seed % 2
    return grows ? { ...node, value: node.value + more } : node
  })
}

function isText(node: unknown): node is { value: string } {
  if (typeof node !== 'object' || node === null || !('type' in node) || !('value' in node))
    return false
  return (node.type === 'Text' || node.type === 'Markdown') && typeof node.value === 'string'
}

test('a widget that goes through states is each of them, for the fold and for the page', async () => {
  const steps = fc.array(fc.tuple(fc.nat(), someText, someWidget), { maxLength: 6 })
  let deltas = 0
  const property = fc.asyncProperty(someWidget, steps, async (first, changes) => {
    const states = [first]
    for (const change of changes) states.push(changed(states.at(-1) ?? first, change))
    async function* drawn() {
      for (const state of states) yield untypedWidget(state)
    }
    const events = await Array.fromAsync(widgetEvents(drawn(), { ...base, type: 'widget' }))
    const reached: string[] = []
    compare(events, (item) => reached.push(JSON.stringify(asShown(item))))
    const last = { ...base, type: 'widget', widget: states.at(-1) }
    const [done] = events.slice(-1)
    assert.deepEqual(done, { type: 'thread.item.done', item: last })
    for (const widget of states) {
      assert.ok(reached.includes(JSON.stringify(asShown({ ...base, type: 'widget', widget }))))
    }
    deltas += events.filter((event) => {
      return (
        event.type === 'thread.item.updated' &&
        event.update.type === 'widget.streaming_text.value_delta'
      )
    }).length
  })
  await fc.assert(property, { numRuns: 300 })
  assert.ok(deltas > 0, 'some texts have grown')
})
