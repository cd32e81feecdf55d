import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Chat } from '../../service/protocol/chat.ts'
import type { ThreadStreamEvent } from '../../service/protocol/events.ts'
import { growingText } from '../../service/protocol/widget-stream.ts'
import { untypedWidget } from '../../service/protocol/widgets.ts'
import type { WidgetRoot } from '../../service/protocol/widgets.ts'
import { input } from '../support/chat-client.ts'
import { scripted, untilAborted } from '../support/scripted-application.ts'
import { alice, startService } from '../support/service.ts'

const card = (value: string, more: object = {}) =>
  untypedWidget({ type: 'Card', children: [{ type: 'Text', id: 't', value, ...more }] })

async function* chunks() {
  yield* ['Low', ' ', 'tide']
}

async function* states(...widgets: readonly WidgetRoot[]): AsyncGenerator<WidgetRoot> {
  yield* widgets
}

async function* failingAfter(...widgets: readonly WidgetRoot[]): AsyncGenerator<WidgetRoot> {
  yield* widgets
  throw new Error('the source of this widget is gone')
}

/** What the answer says after its opening, in short. */
function linesOf(events: readonly ThreadStreamEvent[]): unknown[] {
  return events.flatMap((event) => {
    if (event.type === 'thread.item.updated') {
      const { update } = event
      return [
        update.type === 'widget.streaming_text.value_delta' ? `+${update.delta}` : update.type,
      ]
    }
    if ('item' in event) return event.item.type === 'widget' ? [event.type] : []
    return event.type === 'thread.item.removed' || event.type === 'error' ? [event.type] : []
  })
}

test('a finished widget is one event, and is kept with its copy text', async (t) => {
  const application = scripted(async (chat) => {
    await chat.showWidget(card('Low'), { copyText: 'low' })
    await chat.showWidget({ type: 'ListView', children: [] })
  })
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const { events, threadId } = await client.say('Go')
  assert.deepEqual(linesOf(events), ['thread.item.done', 'thread.item.done'])
  const [, first, second] = (await client.listItems(threadId, { order: 'asc' })).data
  assert.ok(first?.type === 'widget' && second?.type === 'widget')
  assert.equal(first.copy_text, 'low')
  assert.deepEqual(first.widget, {
    type: 'Card',
    children: [{ type: 'Text', id: 't', value: 'Low' }],
  })
  assert.deepEqual(second.widget, { type: 'ListView', children: [] })
  assert.ok(!('copy_text' in second))
})

test('a widget that grows is added, updated and done; in the end it is kept as it was last', async (t) => {
  const application = scripted((chat) => chat.showWidget(growingText(card(''), 't', chunks())))
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const { events, threadId } = await client.say('Go')
  assert.deepEqual(linesOf(events), [
    'thread.item.added',
    '+Low',
    '+ ',
    '+tide',
    'widget.root.updated', // it streams no longer
    'thread.item.done',
  ])
  const widget = (await client.listItems(threadId, { limit: 1 })).data[0]
  assert.ok(widget?.type === 'widget')
  const children = [{ type: 'Text', id: 't', value: 'Low tide', streaming: false }]
  assert.deepEqual(widget.widget, { type: 'Card', children })
})

test('states that never come show nothing, and are no failure', async (t) => {
  const application = scripted((chat) => chat.showWidget(states()))
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const { events, threadId } = await client.say('Go')
  assert.deepEqual(linesOf(events), [])
  assert.equal((await client.listItems(threadId)).data.length, 1)
})

test('what a failed stream of states has shown is taken back before the error', async (t) => {
  const application = scripted((chat) => chat.showWidget(failingAfter(card('A'), card('AB'))))
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const { events, threadId } = await client.say('Go')
  assert.deepEqual(linesOf(events), ['thread.item.added', '+B', 'thread.item.removed', 'error'])
  assert.doesNotMatch(JSON.stringify(events), /source of this widget/)
  assert.equal((await client.listItems(threadId)).data.length, 1)
})

test('an application that goes on after such a failure leaves no ghost either', async (t) => {
  const application = scripted(async (chat) => {
    await chat.showWidget(failingAfter(card('A'))).catch(() => undefined)
    await chat.showWidget(states(card('B')))
  })
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const { events, threadId } = await client.say('Go')
  const lines = linesOf(events)
  assert.equal(lines.filter((line) => line === 'thread.item.removed').length, 1)
  assert.ok(!lines.includes('error'))
  assert.equal((await client.listItems(threadId)).data.length, 2)
})

test('a reload in the middle shows the widget as far as it has come', async (t) => {
  const shown = Promise.withResolvers<void>()
  async function* waiting(chat: Chat) {
    yield card('A', { streaming: true })
    yield card('AB', { streaming: true })
    yield card('ABC', { streaming: true })
    shown.resolve()
    await untilAborted(chat.signal)
  }
  const application = scripted((chat) => chat.showWidget(waiting(chat)))
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const stop = new AbortController()
  t.after(() => stop.abort())
  const stream = client.stream('threads.create', { input: input('Go') }, { signal: stop.signal })
  const created = (await stream.next()).value
  assert.ok(created?.type === 'thread.created')
  await shown.promise
  const [, widget] = (await client.listItems(created.thread.id, { order: 'asc' })).data
  assert.ok(widget?.type === 'widget')
  const children = [{ type: 'Text', id: 't', value: 'ABC', streaming: true }]
  assert.deepEqual(widget.widget, { type: 'Card', children })
})
