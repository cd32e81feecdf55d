import type { ThreadItemInput } from '../../service/protocol/items.ts'
import { isObject } from './json.ts'
import type { JsonObject } from './json.ts'
import { addAttachments, addItems, addThreads } from './seed.ts'

/** Longer ids are no ids: the store could not hold them. */
const ID_LENGTH_MAX = 200
/** More than the default page has. */
const ROWS = 25
/** More than any page should have. */
const MANY_ROWS = 2_500

/** What is in the store, so that an accepted request can be done. */
export interface Surroundings {
  /** Of what a list would show, oldest first. */
  readonly listed: readonly string[]
}

/**
 * Puts into the store what a request is about, by the ids that it names: conversations, items of
 * the type that it needs, attachments, and enough rows for a list.
 */
export async function prepare(
  databaseUrl: string,
  request: unknown,
  options: { readonly hasManyRows: boolean },
): Promise<Surroundings> {
  const params = isObject(request) && isObject(request['params']) ? request['params'] : {}
  const type = isObject(request) ? request['type'] : undefined
  const rows = Array.from({ length: options.hasManyRows ? MANY_ROWS : ROWS }, (_, n) => `row_${n}`)
  const threads = new Set(ids(params['thread_id']))
  const listed = withIn(rows, ids(params['after']))
  await addThreads(databaseUrl, [...threads, ...(type === 'threads.list' ? listed : [])])
  for (const threadId of threads) {
    const items = itemsFor(type, params, listed)
    await addItems(
      databaseUrl,
      threadId,
      items.map((item) => ({ ...item, thread_id: threadId })),
    )
  }
  const sent = isObject(params['input']) ? ids(params['input']['attachments']) : []
  await addAttachments(databaseUrl, [...new Set([...sent, ...ids(params['attachment_id'])])])
  return { listed }
}

/** The rows with some more in the midst of them. */
function withIn(rows: readonly string[], more: readonly string[]): string[] {
  return [...rows.slice(0, 2), ...more, ...rows.slice(2)]
}

function itemsFor(type: unknown, params: JsonObject, listed: readonly string[]): ThreadItemInput[] {
  const base = { thread_id: '', created_at: new Date().toISOString() }
  const named = [...new Set([...ids(params['item_id']), ...ids(params['item_ids'])])]
  const message = (id: string): ThreadItemInput => ({
    ...base,
    id,
    type: 'user_message',
    content: [{ type: 'input_text', text: 'Hello' }],
  })
  switch (type) {
    case 'items.list':
      return listed.map(message)
    case 'threads.custom_action':
    case 'threads.sync_custom_action':
      return named.map((id) => ({ ...base, id, type: 'widget', widget: { type: 'Card' } }))
    case 'threads.add_structured_input':
      return named.map((id) => ({
        ...base,
        id,
        type: 'structured_input',
        inputs: questionsFor(params['input']),
      }))
    case 'threads.add_client_tool_output':
      return [
        {
          ...base,
          id: 'tc_asked',
          type: 'client_tool_call',
          call_id: 'call_asked',
          name: 'pick',
          arguments: {},
        },
      ]
    default:
      return named.map(message)
  }
}

/** A question for each answer, and one that nobody answers. */
function questionsFor(input: unknown) {
  const answers = isObject(input) && isObject(input['answers']) ? Object.keys(input['answers']) : []
  return [...answers, 'q_other'].map((id) => ({
    id,
    type: 'multiple_choice' as const,
    question: 'Which?',
    options: [{ value: 'a' }, { value: 'b' }],
    multiple: true,
  }))
}

function ids(value: unknown): string[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : [value]
  return all.filter(
    (id): id is string =>
      typeof id === 'string' && id.length <= ID_LENGTH_MAX && !id.includes('\0'),
  )
}
