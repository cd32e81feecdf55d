import { isUtcTime } from './differences.ts'
import { isObject } from './json.ts'
import { EVENT_TYPES } from './script-format.ts'

const ITEM_TYPES = new Set<unknown>([
  'user_message',
  'assistant_message',
  'client_tool_call',
  'widget',
  'generated_image',
  'structured_input',
  'task',
  'workflow',
  'end_of_turn',
])
const UPDATE_TYPES = new Set<unknown>([
  'assistant_message.content_part.added',
  'assistant_message.content_part.text_delta',
  'assistant_message.content_part.annotation_added',
  'assistant_message.content_part.done',
  'widget.streaming_text.value_delta',
  'widget.root.updated',
  'widget.component.updated',
  'workflow.task.added',
  'workflow.task.updated',
  'generated_image.updated',
])
const WHOLE_ITEM = /^thread\.item\.(added|done|replaced)$/

/** What is wrong with an event, whatever it should say; nothing if it is one of the protocol. */
export function faultsOf(event: unknown, path: string): string[] {
  if (!isObject(event)) return [`${path}: not an object`]
  const { type } = event
  if (typeof type !== 'string' || !EVENT_TYPES.has(type)) {
    return [`${path}.type: no event of the protocol: ${JSON.stringify(type)}`]
  }
  const found = timeFaults(event, path)
  if (WHOLE_ITEM.test(type)) found.push(...itemFaults(event['item'], `${path}.item`))
  if (type === 'thread.item.removed' || type === 'thread.item.updated') {
    found.push(...textFaults(event, ['item_id'], path))
  }
  if (type === 'thread.item.updated') {
    const update = event['update']
    const kind = isObject(update) ? update['type'] : undefined
    if (!UPDATE_TYPES.has(kind)) found.push(`${path}.update.type: unknown: ${JSON.stringify(kind)}`)
  }
  if (type === 'thread.created' || type === 'thread.updated') {
    found.push(...threadFaults(event['thread'], `${path}.thread`))
  }
  if (type === 'error') {
    found.push(...textFaults(event, ['code'], path))
    if (typeof event['allow_retry'] !== 'boolean') found.push(`${path}.allow_retry: not a boolean`)
  }
  return found
}

/** Times anywhere in an answer that are not in UTC. */
export function timeFaults(value: unknown, path: string): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((one, index) => timeFaults(one, `${path}[${index}]`))
  }
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([key, one]) => {
    const here = `${path}.${key}`
    if (key !== 'created_at' || isUtcTime(one)) return timeFaults(one, here)
    return [`${here}: not a time in UTC with Z: ${JSON.stringify(one)}`]
  })
}

function itemFaults(item: unknown, path: string): string[] {
  if (!isObject(item)) return [`${path}: not an object`]
  const found = textFaults(item, ['id', 'thread_id', 'created_at'], path)
  const { type } = item
  // A hidden item is none of these: no event may carry one.
  if (!ITEM_TYPES.has(type)) found.push(`${path}.type: not to be shown: ${JSON.stringify(type)}`)
  return found
}

function threadFaults(thread: unknown, path: string): string[] {
  if (!isObject(thread)) return [`${path}: not an object`]
  const found = textFaults(thread, ['id', 'created_at'], path)
  const { metadata, items, status } = thread
  if (!isObject(metadata) || Object.keys(metadata).length > 0) {
    found.push(`${path}.metadata: must be an empty object`)
  }
  if (!isObject(items) || !Array.isArray(items['data'])) found.push(`${path}.items: not a page`)
  if (!isObject(status)) found.push(`${path}.status: not an object`)
  return found
}

function textFaults(
  value: Readonly<Record<string, unknown>>,
  keys: readonly string[],
  path: string,
): string[] {
  return keys
    .filter((key) => typeof value[key] !== 'string' || value[key] === '')
    .map((key) => `${path}.${key}: must be text, got ${JSON.stringify(value[key])}`)
}
