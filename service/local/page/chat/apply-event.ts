import type { ThreadEvent } from '../wire/events.ts'
import type { Item } from '../wire/items.ts'
import { applyUpdate } from './apply-update.ts'
import { answerFailed, detailsOf, type Conversation } from './conversation.ts'
import { wordsForCode } from './failure.ts'

/** The conversation after one event of its answer. The state handed in is left as it is. */
export function applyEvent(state: Conversation, event: ThreadEvent): Conversation {
  switch (event.type) {
    case 'thread.created':
    case 'thread.updated':
      return { ...state, ...detailsOf(event.thread) }
    case 'thread.item.added':
      return withItem(withUnfinished(state, event.item.id, true), event.item)
    case 'thread.item.done':
    case 'thread.item.replaced':
      return withItem(withUnfinished(state, event.item.id, false), event.item)
    case 'thread.item.updated':
      return {
        ...state,
        progress: undefined,
        items: state.items.map((item) =>
          item.id === event.item_id ? applyUpdate(item, event.update) : item,
        ),
      }
    case 'thread.item.removed':
      return { ...state, items: state.items.filter((item) => item.id !== event.item_id) }
    case 'stream_options':
      return { ...state, cancellable: event.stream_options.allow_cancel }
    case 'progress_update':
      return { ...state, progress: { text: event.text, icon: event.icon } }
    case 'client_effect':
      // What the page knows it has done already; see client-effects.ts.
      return { ...state, unknownEffects: [...state.unknownEffects, event.name] }
    case 'notice': {
      const { level, title, message } = event
      return { ...state, notices: [...state.notices, { level, title, message }] }
    }
    case 'error':
      break
  }
  return answerFailed(state, {
    message: event.message ?? wordsForCode(event.code),
    retryable: event.allow_retry,
  })
}

function withItem(state: Conversation, item: Item): Conversation {
  const known = state.items.some((each) => each.id === item.id)
  const items = known
    ? state.items.map((each) => (each.id === item.id ? item : each))
    : [...state.items, item]
  if (item.type === 'user_message') return { ...state, items, sending: undefined }
  // Any other item is the next visible step, which is what the line of progress announced.
  const next = { ...state, items, progress: undefined }
  if (item.type !== 'client_tool_call' || item.status !== 'pending') return next
  const others = state.toolCalls.filter((call) => call.id !== item.id)
  return { ...next, toolCalls: [...others, item] }
}

function withUnfinished(state: Conversation, itemId: string, unfinished: boolean): Conversation {
  if (state.unfinished.has(itemId) === unfinished) return state
  const ids = new Set(state.unfinished)
  if (unfinished) ids.add(itemId)
  else ids.delete(itemId)
  return { ...state, unfinished: ids }
}
