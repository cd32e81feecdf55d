import * as fc from 'fast-check'
import { naughtyTexts } from './naughty-texts.ts'

/** Requests of every operation, as a client that means well sends them. */
export function templates(threadId: string, itemId: string): readonly object[] {
  const thread = { thread_id: threadId }
  const message = {
    content: [
      { type: 'input_text', text: 'Hi' },
      {
        type: 'input_tag',
        id: 'a',
        text: 'b',
        data: { c: [1, null] },
        group: 'd',
        interactive: true,
      },
    ],
    attachments: [],
    quoted_text: 'q',
    inference_options: { model: 'm', tool_choice: { id: 't' } },
  }
  const action = { type: 'act', payload: { a: [1, { b: 'c' }] } }
  const operations: Readonly<Record<string, object>> = {
    'threads.create': { input: message },
    'threads.add_user_message': { ...thread, input: message },
    'threads.add_client_tool_output': { ...thread, result: { a: 1 } },
    'threads.add_structured_input': {
      ...thread,
      item_id: itemId,
      input: { status: 'answered', answers: { a: { values: ['b'], skipped: false } } },
    },
    'threads.retry_after_item': { ...thread, item_id: itemId },
    'threads.custom_action': { ...thread, item_id: itemId, action },
    'threads.sync_custom_action': { ...thread, item_id: itemId, action },
    'threads.get_by_id': thread,
    'threads.list': { limit: 2, order: 'asc', after: threadId },
    'threads.update': { ...thread, title: 'New' },
    'threads.delete': { thread_id: 'thr_missing' },
    'items.list': { ...thread, limit: 2, order: 'desc', after: itemId },
    'items.feedback': { ...thread, item_ids: [itemId], kind: 'positive' },
    'attachments.create': { name: 'a.txt', size: 3, mime_type: 'text/plain' },
    'attachments.delete': { attachment_id: 'atc_missing' },
    'input.transcribe': { audio_base64: 'AAAA', mime_type: 'audio/webm;codecs=opus' },
  }
  return Object.entries(operations).map(([type, params]) => ({ type, params, metadata: { a: 1 } }))
}

const ANYTHING: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...Object.values(naughtyTexts).flat()) },
  {
    weight: 4,
    arbitrary: fc.constantFrom<unknown>(
      null,
      true,
      false,
      0,
      -1,
      1.5,
      2 ** 53,
      1e308,
      -1e-308,
      '',
      [],
      {},
      [[]],
      [null],
      { '': '' },
    ),
  },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 5 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(
      'x'.repeat(150_000),
      Array.from({ length: 5_000 }, (_none, index) => index),
      nested(60),
      nested(80),
      wide(2_000),
    ),
  },
)

/** What happens to one place of a request. */
type Change = (holder: Record<string, unknown>, key: string, value: unknown) => void
const CHANGES: readonly Change[] = [
  (holder, key, value) => void (holder[key] = value),
  (holder, key) => void delete holder[key],
  (holder, key) => void (holder[key] = [holder[key]]),
  (holder, key) => void (holder[key] = { [key]: holder[key] }),
  (holder, _key, value) => void (holder['unknown'] = value),
  (holder, key) => void (holder[key] = String(holder[key])),
  (holder, key) => {
    Object.defineProperty(holder, '__proto__', {
      value: holder[key],
      enumerable: true,
      configurable: true,
      writable: true,
    })
  },
]

/** Bodies that are requests but for a few places, and some of them not even JSON. */
export function hostileBody(originals: readonly object[]): fc.Arbitrary<Buffer> {
  const edit = fc.record({
    place: fc.nat(1_000),
    change: fc.constantFrom(...CHANGES),
    value: ANYTHING,
  })
  const request = fc
    .tuple(fc.constantFrom(...originals), fc.array(edit, { minLength: 0, maxLength: 3 }))
    .map(([original, edits]) => {
      const copy = structuredClone(original)
      for (const { place, change, value } of edits) {
        const places = placesOf(copy)
        const found = places[place % places.length]
        if (found) change(found.holder, found.key, value)
      }
      return JSON.stringify(copy)
    })
  const damaged = fc.tuple(request, fc.nat(), fc.nat(255)).map(([text, at, byte]) => {
    const bytes = Buffer.from(text)
    bytes[at % bytes.length] = byte
    return bytes
  })
  return fc.oneof(
    { weight: 5, arbitrary: request.map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: damaged },
    // The same name twice, with another value.
    {
      weight: 1,
      arbitrary: fc
        .tuple(request, fc.jsonValue())
        .map(([text, value]) =>
          Buffer.from(`${text.slice(0, -1)},"params":${JSON.stringify(value)}}`),
        ),
    },
  )
}

interface Place {
  readonly holder: Record<string, unknown>
  readonly key: string
}

/**
 * What is nested deeper than this is somebody's nest already; another change there says nothing
 * new.
 */
const PLACE_DEPTH_MAX = 100

function placesOf(value: object, depth = 0): Place[] {
  if (depth > PLACE_DEPTH_MAX) return []
  return Object.entries(value).flatMap(([key, child]: [string, unknown]) => {
    const holder: Record<string, unknown> = Object(value)
    const own = { holder, key }
    return typeof child === 'object' && child !== null
      ? [own, ...placesOf(child, depth + 1)]
      : [own]
  })
}

export function nested(depth: number): unknown {
  return JSON.parse('['.repeat(depth) + ']'.repeat(depth))
}

function wide(width: number): object {
  return Object.fromEntries(
    Array.from({ length: width }, (_none, index) => [`key ${index}`, index]),
  )
}
