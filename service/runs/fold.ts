import type { ThreadStreamEvent } from '../protocol/events.ts'
import { parseFrames } from '../protocol/frames.ts'
import { PendingItems } from '../protocol/pending-items.ts'

/** What the stored frames of a run amount to: the items not done, and the last frame's number. */
export interface FoldedRun {
  readonly pending: PendingItems
  readonly lastSequence: number
}

/** Reads the frames of a run again, as a client would. */
export function foldFrames(text: string): FoldedRun {
  const pending = new PendingItems()
  let lastSequence = 0
  for (const frame of parseFrames(text)) {
    pending.apply(parseEvent(frame.json))
    lastSequence = frame.sequence
  }
  return { pending, lastSequence }
}

/** Our own frame: written by `toFrame`, so its type is known. */
function parseEvent(json: string): ThreadStreamEvent {
  const event: ThreadStreamEvent = JSON.parse(json)
  return event
}
