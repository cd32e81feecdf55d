/** One dispatched event of a stream. */
export interface PlainEvent {
  readonly id: string
  readonly event: string
  readonly data: string
}

/**
 * A second reader of event streams, written from the specification alone, for where two readers
 * must agree: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export function readPlainEvents(text: string): PlainEvent[] {
  const events: PlainEvent[] = []
  let id = ''
  let event = ''
  let data = ''
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  lines.pop() // what the stream ends with is no line unless it has an end
  for (const line of lines) {
    if (line === '') {
      if (data !== '') events.push({ id, event: event || 'message', data: data.slice(0, -1) })
      event = ''
      data = ''
      continue
    }
    const colon = line.indexOf(':')
    if (colon === 0) continue
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'event') event = value
    if (name === 'data') data += `${value}\n`
    if (name === 'id' && !value.includes('\0')) id = value
  }
  return events
}
