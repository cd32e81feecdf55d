import type { ThreadStreamEvent } from '../protocol/events.ts'
import { parseFrames } from '../protocol/frames.ts'
import { PendingItems } from '../protocol/pending-items.ts'
import type { Owner } from '../store/owner.ts'
import type { RunRecovery } from '../store/run-recovery.ts'

const PIECES_MAX = 200

/** What the stored frames of a run amount to: the items not done, and the last frame's number. */
export interface FoldedRun {
  readonly pending: PendingItems
  readonly lastSequence: number
}

/** Reads again what a run has sent, as a client would, in pieces that fit into memory. */
export async function readWhole(
  recovery: RunRecovery,
  runId: string,
  owner: Owner,
): Promise<FoldedRun> {
  const pending = new PendingItems()
  let lastSequence = 0
  while (true) {
    const range = { fromSequence: lastSequence + 1, piecesMax: PIECES_MAX }
    const { text, isWhole } = await recovery.readFrames(runId, range, owner)
    const before = lastSequence
    for (const { sequence, json } of parseFrames(text)) {
      if (sequence <= lastSequence) continue
      pending.apply(parseEvent(json))
      lastSequence = sequence
    }
    if (isWhole || lastSequence === before) return { pending, lastSequence }
  }
}

/** Our own frame: written by `toFrame`, so its type is known. */
function parseEvent(json: string): ThreadStreamEvent {
  const event: ThreadStreamEvent = JSON.parse(json)
  return event
}
