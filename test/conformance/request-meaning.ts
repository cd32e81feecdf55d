import type { GivenAnswer } from './answer.ts'
import { Bindings } from './bindings.ts'
import { differences } from './differences.ts'
import { isObject } from './json.ts'
import type { JsonObject } from './json.ts'
import type { Surroundings } from './request-surroundings.ts'
import type { Stored } from './rows.ts'
import type { RequestCase } from './trace-format.ts'

const PAGE_SIZE = 20

/** All that can be seen of what an accepted request has done. */
export interface Effects {
  readonly answer: GivenAnswer
  /** Of an answer that is JSON. */
  readonly body: JsonObject
  /** What the application was told. */
  readonly calls: readonly JsonObject[]
  readonly stored: Stored
  readonly surroundings: Surroundings
}

/** Where a request was taken to mean something else than its canonical form says. */
export function misunderstandings(one: RequestCase, effects: Effects): readonly string[] {
  const { canonical } = one
  if (!canonical) return []
  const { type, params } = canonical
  if (type === 'threads.list' || type === 'items.list') return pageFaults(one, effects)
  const meaning = meanings[type]
  return meaning ? meaning(params, effects) : [`${type}: what this means cannot be seen`]
}

type Meaning = (params: JsonObject, effects: Effects) => readonly string[]

const message: Meaning = ({ input }, { answer, calls }) => [
  ...compare(input, inputOf(messageIn(answer.events)), 'the message that is shown'),
  ...compare(input, inputOf(calls[0]?.['message']), 'the message that is answered'),
]

const action: Meaning = ({ action: asked, item_id: sender = null }, { calls }) => {
  const { type, payload = null } = isObject(asked) ? asked : {}
  const { hook: _hook, ...told } = calls[0] ?? {}
  return compare({ action: { type, payload }, sender }, told, 'the action')
}

const meanings: Readonly<Record<string, Meaning>> = {
  'threads.create': message,
  'threads.add_user_message': message,
  'threads.custom_action': action,
  'threads.sync_custom_action': action,
  'threads.add_client_tool_output': ({ result }, { stored }) => {
    const { status, output } = stored.threads[0]?.items[0] ?? {}
    return compare({ status: 'completed', result }, { status, result: output }, 'the stored call')
  },
  'threads.add_structured_input': ({ input }, { answer }) =>
    compare(formAfter(input), formIn(answer.events), 'the form'),
  'threads.retry_after_item': ({ item_id: itemId }, { calls }) => {
    const answered = calls[0]?.['message']
    return compare(itemId, isObject(answered) ? answered['id'] : undefined, 'the message')
  },
  'threads.get_by_id': ({ thread_id: threadId }, { body }) =>
    compare(threadId, body['id'], 'body.id'),
  'threads.update': ({ title }, { body, stored }) => [
    ...compare(title, body['title'], 'body.title'),
    ...compare(title, stored.threads[0]?.thread['title'], 'the stored title'),
  ],
  'threads.delete': (_params, { stored }) => compare([], stored.threads, 'what is stored'),
  'items.feedback': (params, { calls }) => {
    const { hook: _hook, ...told } = calls[0] ?? {}
    return compare(params, told, 'the feedback')
  },
  'attachments.create': (params, { body, calls }) => {
    const { hook: _hook, ...told } = calls[0] ?? {}
    const { name, mime_type } = params
    return [
      ...compare(params, told, 'what is announced'),
      ...compare({ name, mime_type, '...': true }, body, 'body'),
    ]
  },
  'attachments.delete': (_params, { stored }) => compare([], stored.attachments, 'what is stored'),
  'input.transcribe': (params, { calls }) => {
    const { hook: _hook, ...told } = calls[0] ?? {}
    return compare(params, told, 'the audio')
  },
}

function compare(expected: unknown, given: unknown, path: string): readonly string[] {
  return differences(expected, given, { bindings: new Bindings(), path })
}

function pageFaults(
  { canonical, hardened }: RequestCase,
  { body, surroundings: { listed } }: Effects,
): readonly string[] {
  const { limit, order, after } = canonical?.params ?? {}
  const rows = order === 'asc' ? listed : listed.toReversed()
  const left = typeof after === 'string' ? rows.slice(rows.indexOf(after) + 1) : rows
  const given = Array.isArray(body['data']) ? body['data'] : []
  const ids = given.map((row: unknown) => (isObject(row) ? row['id'] : undefined))
  const wanted = Math.min(Number(limit) || PAGE_SIZE, left.length)
  if (hardened === 'cap') {
    if (ids.length === 0 || ids.length >= wanted) return [`${ids.length} rows for ${wanted}`]
    if (body['has_more'] !== true) return ['there are more rows, and has_more does not say so']
  }
  const expected = left.slice(0, hardened === 'cap' ? ids.length : wanted)
  return compare(expected, ids, 'ids of the page')
}

function messageIn(events: readonly unknown[]): unknown {
  return events
    .map((event) => (isObject(event) ? event['item'] : undefined))
    .find((item) => isObject(item) && item['type'] === 'user_message')
}

/** The input that a message was made of. */
function inputOf(item: unknown): unknown {
  if (!isObject(item)) return undefined
  const { content, quoted_text, inference_options, attachments } = item
  const ids = Array.isArray(attachments)
    ? attachments.map((one: unknown) => (isObject(one) ? one['id'] : undefined))
    : undefined
  const input = { content, quoted_text, inference_options, attachments: ids }
  return JSON.parse(JSON.stringify(input)) // without what is undefined
}

function formIn(events: readonly unknown[]): unknown {
  const replaced = events.find(
    (event) => isObject(event) && event['type'] === 'thread.item.replaced',
  )
  const item = isObject(replaced) && isObject(replaced['item']) ? replaced['item'] : {}
  const { status, inputs } = item
  const questions: readonly unknown[] = Array.isArray(inputs) ? inputs : []
  const answers = questions.filter(isObject).map(({ id, answer }) => [String(id), answer])
  return { status, answers: Object.fromEntries(answers) }
}

/** What becomes of a form: what is omitted, empty or skipped counts as skipped. */
function formAfter(input: unknown): unknown {
  const { status, answers } = isObject(input) ? input : {}
  const given = Object.entries({ ...(isObject(answers) ? answers : {}), q_other: {} })
  const skipped = { values: [], skipped: true }
  const after = given.map(([id, answer]: [string, unknown]) => {
    const { values, skipped: isSkipped } = isObject(answer) ? answer : {}
    const isEmpty = !Array.isArray(values) || values.length === 0
    const isLeft = status === 'skipped' || isSkipped === true || isEmpty
    return [id, isLeft ? skipped : { values, skipped: false }] as const
  })
  return { status, answers: Object.fromEntries(after) }
}
