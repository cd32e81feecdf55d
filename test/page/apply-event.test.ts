import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyEvent } from '../../service/local/page/chat/apply-event.ts'
import {
  answerBegun,
  answerEnded,
  emptyConversation,
  type Conversation,
} from '../../service/local/page/chat/conversation.ts'
import { ThreadEvent } from '../../service/local/page/wire/events.ts'
import {
  assistantMessage,
  itemAdded,
  itemDone,
  textDelta,
  threadEvent,
  toolCall,
  updated,
  userMessage,
} from './chatkit-fetch.ts'

function after(events: readonly unknown[], from: Conversation = emptyConversation): Conversation {
  return events.map((event) => ThreadEvent.parse(event)).reduce(applyEvent, from)
}

function texts(state: Conversation): string[] {
  return state.items.flatMap((item) =>
    item.type === 'assistant_message' ? item.content.map((part) => part.text) : [],
  )
}

function textNode(value: string): unknown {
  return { type: 'Text', id: 't', value }
}

test('text grows with each delta, also in a part that was never announced', () => {
  const events = [itemAdded(assistantMessage('msg_1')), textDelta('msg_1', 'Good ')]
  assert.deepEqual(texts(after(events)), ['Good '])
  assert.deepEqual(texts(after([...events, textDelta('msg_1', 'morning.')])), ['Good morning.'])
})

test('the finished item replaces what was pieced together', () => {
  const state = after([
    itemAdded(assistantMessage('msg_1')),
    textDelta('msg_1', 'Good mourning'),
    itemDone(assistantMessage('msg_1', 'Good morning.')),
  ])
  assert.deepEqual(texts(state), ['Good morning.'])
  assert.equal(state.unfinished.size, 0)
})

test('a message on its way becomes an item when the server has it', () => {
  const sending = { ...answerBegun(emptyConversation), sending: 'Hi' }
  const state = after(
    [threadEvent('thread.created'), itemDone(userMessage('msg_1', 'Hi'))],
    sending,
  )
  assert.equal(state.threadId, 'thr_1')
  assert.equal(state.sending, undefined)
  assert.equal(state.items.length, 1)
})

// Losing what somebody wrote is worse than asking them to press the button again.
test('a message that never arrived is handed back', () => {
  const state = answerEnded({ ...answerBegun(emptyConversation), sending: 'Hi' })
  assert.equal(state.unsent, 'Hi')
  assert.equal(state.sending, undefined)
})

test('a progress line lasts until the next visible step', () => {
  const progress = { type: 'progress_update', text: 'Looking around' }
  assert.equal(after([progress]).progress?.text, 'Looking around')
  assert.equal(after([progress, itemAdded(assistantMessage('msg_1'))]).progress, undefined)
})

test('an error without words gets some, and offers a retry only if there is something to retry', () => {
  const error = { type: 'error', code: 'stream.error', allow_retry: true }
  const alone = after([error])
  assert.match(alone.failure?.message ?? '', /went wrong/)
  assert.equal(alone.failure?.retryable, false)
  const asked = after([itemDone(userMessage('msg_1', 'Hi')), error])
  assert.equal(asked.failure?.retryable, true)
})

test('a call for a tool of the page is noted once, however often it is announced', () => {
  const state = after([itemDone(toolCall('tc_1', 'x')), itemDone(toolCall('tc_1', 'x'))])
  assert.equal(state.toolCalls.length, 1)
})

test('items can be removed and replaced', () => {
  const two = [itemDone(assistantMessage('a', 'A')), itemDone(assistantMessage('b', 'B'))]
  const replaced = { type: 'thread.item.replaced', item: assistantMessage('a', 'A2') }
  const removed = { type: 'thread.item.removed', item_id: 'b' }
  assert.deepEqual(texts(after([...two, replaced, removed])), ['A2'])
})

test('a widget grows, changes one component, and changes altogether', () => {
  const root = (value: string): unknown => ({ type: 'Card', children: [textNode(value)] })
  const item = { id: 'w', type: 'widget', created_at: '2026-03-01T10:00:00Z', widget: root('') }
  const delta = {
    type: 'widget.streaming_text.value_delta',
    component_id: 't',
    delta: 'High',
    done: false,
  }
  const component = {
    type: 'widget.component.updated',
    component_id: 't',
    component: textNode('High tide'),
  }
  const widget = (...updates: unknown[]): unknown => {
    const [shown] = after([itemAdded(item), ...updates.map((each) => updated('w', each))]).items
    return shown?.type === 'widget' ? shown.widget : undefined
  }
  assert.deepEqual(widget(delta), root('High'))
  assert.deepEqual(widget(delta, component), root('High tide'))
  assert.deepEqual(widget({ type: 'widget.root.updated', widget: root('Noon') }), root('Noon'))
})

test('an item of an unknown kind is kept out of sight, and what follows still works', () => {
  const unknown = { id: 'x', type: 'hologram', created_at: '2026-03-01T10:00:00Z' }
  const state = after([itemDone(unknown), itemDone(assistantMessage('a', 'A'))])
  assert.deepEqual(
    state.items.map((item) => item.type),
    ['other', 'assistant_message'],
  )
})

test('an annotation of an unknown kind does not cost the answer', () => {
  const annotation = { type: 'annotation', source: { type: 'dream', title: 'D' } }
  const type = 'assistant_message.content_part.annotation_added'
  const state = after([
    itemAdded(assistantMessage('a', 'A')),
    updated('a', { type, content_index: 0, annotation_index: 0, annotation }),
  ])
  assert.deepEqual(texts(state), ['A'])
})
