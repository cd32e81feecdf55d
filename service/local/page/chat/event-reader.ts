import { createParser } from 'eventsource-parser'

/**
 * Yields the data of each server-sent event as soon as it is complete.
 *
 * Comments and blank events (a heartbeat) are passed over. An event without its closing blank line
 * was cut off and is dropped; the cut itself is for the caller of `body` to notice.
 */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const complete: string[] = []
  const parser = createParser({ onEvent: (event) => complete.push(event.data) })
  const decoder = new TextDecoder()
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      parser.feed(decoder.decode(value, { stream: true }))
      yield* complete.splice(0).filter((text) => text.trim() !== '')
    }
  } finally {
    // Reached too when the consumer leaves early: the connection must not stay open behind it.
    await reader.cancel().catch(() => undefined)
  }
}
