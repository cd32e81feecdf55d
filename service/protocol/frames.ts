import type { ThreadStreamEvent } from './events.ts'

/** A comment that keeps every idle timer on the way from running out; clients ignore it. */
export const PING_FRAME = ': ping\n\n'

/**
 * The event as one server-sent event. `JSON.stringify` leaves out what is undefined and escapes
 * every line break, so no text can end a frame or begin another.
 */
export function toFrame(sequence: number, event: ThreadStreamEvent): string {
  return `id: ${sequence}\ndata: ${toJson(event)}\n\n`
}

function toJson(event: ThreadStreamEvent): string {
  // Almost every event of a stream is a delta: only its text is new, the rest is a fixed form.
  if (event.type === 'thread.item.updated') {
    const { update } = event
    if (update.type === 'assistant_message.content_part.text_delta') {
      return (
        `{"type":"thread.item.updated","item_id":${JSON.stringify(event.item_id)},"update":` +
        `{"type":"${update.type}","content_index":${update.content_index},` +
        `"delta":${JSON.stringify(update.delta)}}}`
      )
    }
  }
  return JSON.stringify(event)
}

/** One frame read back. */
export interface StoredFrame {
  readonly sequence: number
  readonly json: string
}

/** Takes apart what `toFrame` made, frames one after the other. */
export function parseFrames(text: string): StoredFrame[] {
  const frames: StoredFrame[] = []
  for (const frame of text.split('\n\n')) {
    const match = /^id: (\d+)\ndata: (.*)$/s.exec(frame)
    if (match) frames.push({ sequence: Number(match[1]), json: match[2] ?? '' })
  }
  return frames
}
