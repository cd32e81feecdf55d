import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readEvents } from '../../service/local/page/chat/event-reader.ts'

function bodyOf(text: string, chunkSize: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += chunkSize) {
        controller.enqueue(bytes.slice(at, at + chunkSize))
      }
      controller.close()
    },
  })
}

test('events come out whole, wherever the network cuts the bytes', async () => {
  const text = 'data: {"a":"schön 🚢"}\n\n: ping\n\ndata:\n\ndata: {"b":1}\r\n\r\n'
  for (const chunkSize of [1, 2, 3, 7, 1000]) {
    const events = await Array.fromAsync(readEvents(bodyOf(text, chunkSize)))
    assert.deepEqual(events, ['{"a":"schön 🚢"}', '{"b":1}'], `in chunks of ${chunkSize}`)
  }
})

test('an event that was cut off is not delivered', async () => {
  const events = await Array.fromAsync(readEvents(bodyOf('data: 1\n\ndata: {"half":', 5)))
  assert.deepEqual(events, ['1'])
})

test('leaving early closes the connection', async () => {
  let cancelled = false
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode('data: 1\n\n')),
    cancel: () => {
      cancelled = true
    },
  })
  for await (const event of readEvents(body)) {
    assert.equal(event, '1')
    break
  }
  assert.equal(cancelled, true)
})
