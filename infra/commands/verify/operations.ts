import type { Ask } from './wire.ts'

/** What a request names. */
export interface Ids {
  readonly thread: string
  readonly item: string
  readonly attachment: string
}

export interface Operation {
  readonly type: string
  readonly params: (ids: Ids) => object
}

/** A message as ChatKit sends it. */
export function messageOf(text: string, attachments: readonly string[] = []) {
  return { content: [{ type: 'input_text', text }], attachments, inference_options: {} }
}

const action = { type: 'verify' }

/** Every operation that names a conversation; the last ones are those that destroy something. */
export const threadOperations: readonly Operation[] = [
  { type: 'threads.get_by_id', params: ({ thread }) => ({ thread_id: thread }) },
  { type: 'items.list', params: ({ thread }) => ({ thread_id: thread }) },
  { type: 'threads.list', params: ({ thread }) => ({ after: thread }) },
  {
    type: 'items.feedback',
    params: ({ thread, item }) => ({ thread_id: thread, item_ids: [item], kind: 'positive' }),
  },
  {
    type: 'threads.sync_custom_action',
    params: ({ thread }) => ({ thread_id: thread, action }),
  },
  { type: 'threads.custom_action', params: ({ thread }) => ({ thread_id: thread, action }) },
  {
    type: 'threads.add_structured_input',
    params: ({ thread, item }) => ({ thread_id: thread, item_id: item, input: {} }),
  },
  {
    type: 'threads.add_client_tool_output',
    params: ({ thread }) => ({ thread_id: thread, result: {} }),
  },
  {
    type: 'threads.retry_after_item',
    params: ({ thread, item }) => ({ thread_id: thread, item_id: item }),
  },
  {
    type: 'threads.add_user_message',
    params: ({ thread }) => ({ thread_id: thread, input: messageOf('Hello.') }),
  },
  { type: 'threads.update', params: ({ thread }) => ({ thread_id: thread, title: 'Renamed' }) },
  { type: 'threads.delete', params: ({ thread }) => ({ thread_id: thread }) },
]

/** Every operation that names an item, for items of others in one's own conversation. */
export const itemOperations: readonly Operation[] = [
  { type: 'items.list', params: ({ thread, item }) => ({ thread_id: thread, after: item }) },
  ...threadOperations.filter(({ type }) =>
    ['items.feedback', 'threads.add_structured_input', 'threads.retry_after_item'].includes(type),
  ),
  ...['threads.sync_custom_action', 'threads.custom_action'].map((type) => ({
    type,
    params: ({ thread, item }: Ids) => ({ thread_id: thread, item_id: item, action }),
  })),
]

/** Every operation that names an attachment. */
export const attachmentOperations: readonly Operation[] = [
  {
    type: 'threads.create',
    params: ({ attachment }) => ({ input: messageOf('Hello.', [attachment]) }),
  },
  {
    type: 'threads.add_user_message',
    params: ({ thread, attachment }) => ({
      thread_id: thread,
      input: messageOf('Hello.', [attachment]),
    }),
  },
  { type: 'attachments.delete', params: ({ attachment }) => ({ attachment_id: attachment }) },
]

const others = ['threads.create', 'attachments.create', 'attachments.delete', 'input.transcribe']

/**
 * One request for each operation and for the upload of attachments, without parameters: it has to
 * be refused for its token before anything else about it counts, and does nothing where it is not.
 */
export const everyRequest: readonly Ask[] = [
  ...[...others, ...threadOperations.map(({ type }) => type)].map((type) => ({
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type, params: {} }),
  })),
  {
    path: '/chatkit/attachments',
    headers: { 'content-type': 'multipart/form-data; boundary=verify' },
    body: '--verify--\r\n',
  },
]

/** One of each kind: answered at once, streamed, uploaded. */
export const someRequests: readonly Ask[] = everyRequest.filter(
  ({ path, body = '' }) => path !== undefined || /threads\.(create|list)"/.test(body),
)
