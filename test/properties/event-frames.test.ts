import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createParser } from 'eventsource-parser'
import * as fc from 'fast-check'
import { Annotation, OutputText } from '../../service/protocol/annotations.ts'
import type { ThreadStreamEvent } from '../../service/protocol/events.ts'
import { PING_FRAME, parseFrames, toFrame } from '../../service/protocol/frames.ts'
import { ThreadItem } from '../../service/protocol/items.ts'
import { Task } from '../../service/protocol/tasks.ts'
import { Thread } from '../../service/protocol/thread.ts'
import { anyText, someJson, someWidget, valueOf } from '../support/arbitraries.ts'
import { readPlainEvents } from '../support/plain-event-stream.ts'
import '../support/random.ts'

const index = fc.nat({ max: 9 })
const type = <Name extends string>(name: Name) => fc.constant(name)
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })

const update = fc.oneof(
  fc.record({
    type: fc.constantFrom(
      'assistant_message.content_part.added',
      'assistant_message.content_part.done',
    ),
    content_index: index,
    content: valueOf(OutputText),
  }),
  // The one with a frame of its own making.
  fc.record({
    type: type('assistant_message.content_part.text_delta'),
    content_index: index,
    delta: anyText,
  }),
  fc.record({
    type: type('assistant_message.content_part.annotation_added'),
    content_index: index,
    annotation_index: index,
    annotation: valueOf(Annotation),
  }),
  fc.record({
    type: type('widget.streaming_text.value_delta'),
    component_id: anyText,
    delta: anyText,
    done: fc.boolean(),
  }),
  fc.record({ type: type('widget.root.updated'), widget: someWidget }),
  fc.record({
    type: type('widget.component.updated'),
    component_id: anyText,
    component: fc.record({ type: anyText, value: someJson }),
  }),
  fc.record({
    type: fc.constantFrom('workflow.task.added', 'workflow.task.updated'),
    task_index: index,
    task: valueOf(Task),
  }),
  fc.record({
    type: type('generated_image.updated'),
    image: fc.record({ id: anyText, url: anyText }),
    progress: maybe(fc.double({ min: 0, max: 1, noNaN: true })),
  }),
)

const event = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ type: type('thread.item.updated'), item_id: anyText, update }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constantFrom('thread.item.added', 'thread.item.done', 'thread.item.replaced'),
      item: valueOf(ThreadItem),
    }),
  },
  fc.record({ type: fc.constantFrom('thread.created', 'thread.updated'), thread: valueOf(Thread) }),
  fc.record({ type: type('thread.item.removed'), item_id: anyText }),
  fc.record({
    type: type('stream_options'),
    stream_options: fc.record({ allow_cancel: fc.boolean() }),
  }),
  fc.record({ type: type('progress_update'), icon: maybe(anyText), text: anyText }),
  fc.record({ type: type('client_effect'), name: anyText, data: fc.dictionary(anyText, someJson) }),
  fc.record({ type: type('notice'), level: fc.constantFrom('info', 'danger'), message: anyText }),
  fc.record({
    type: type('error'),
    code: anyText,
    message: maybe(anyText),
    allow_retry: fc.boolean(),
  }),
)

const stream = fc.array(event, { minLength: 1, maxLength: 5 })

/** Frames one after the other, as a response carries them. */
function bytesOf(events: readonly object[]): Uint8Array {
  const frames = events.map((each, place) => {
    // The values come from the schemas that the type is made of.
    const typed: ThreadStreamEvent = JSON.parse(JSON.stringify(each))
    return toFrame(place + 1, typed)
  })
  return new TextEncoder().encode(frames.join(PING_FRAME))
}

/** What the parser of a library makes of bytes that arrive in pieces. */
function readInPieces(bytes: Uint8Array, cuts: readonly number[]): { id: string; data: string }[] {
  const read: { id: string; data: string }[] = []
  const parser = createParser({
    onEvent: ({ id = '', data }) => read.push({ id, data }),
    onError: (error) => assert.fail(error),
  })
  const decoder = new TextDecoder()
  const ends = [...cuts.map((cut) => cut % bytes.length), bytes.length].toSorted((a, b) => a - b)
  let start = 0
  for (const end of ends) {
    parser.feed(decoder.decode(bytes.subarray(start, end), { stream: true }))
    start = end
  }
  return read
}

function parsed({ id, data }: { id: string; data: string }) {
  return { id, event: JSON.parse(data) }
}

test('any event comes out of two independent parsers as it went in, wherever the bytes are cut', () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(), { maxLength: 12 }), (events, cuts) => {
      const bytes = bytesOf(events)
      const expected = events.map((each, place) => {
        return { id: String(place + 1), event: JSON.parse(JSON.stringify(each)) }
      })
      assert.deepEqual(readInPieces(bytes, cuts).map(parsed), expected)
      assert.deepEqual(readPlainEvents(new TextDecoder().decode(bytes)).map(parsed), expected)
    }),
    { numRuns: 800 },
  )
})

test('each byte of a stream may arrive alone', () => {
  fc.assert(
    fc.property(stream, (events) => {
      const bytes = bytesOf(events)
      const alone = readInPieces(bytes, Array.from(bytes.keys()))
      assert.deepEqual(alone, readInPieces(bytes, []))
      assert.equal(alone.length, events.length)
    }),
    { numRuns: 60 },
  )
})

test('frames that were stored are taken apart into the same events', () => {
  fc.assert(
    fc.property(stream, (events) => {
      const text = new TextDecoder().decode(bytesOf(events)).replaceAll(PING_FRAME, '')
      assert.deepEqual(
        parseFrames(text).map(({ sequence, json }) => [sequence, JSON.parse(json)]),
        events.map((each, place) => [place + 1, JSON.parse(JSON.stringify(each))]),
      )
    }),
    { numRuns: 300 },
  )
})
