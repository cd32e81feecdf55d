import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../log.ts'
import { ServiceError } from '../errors.ts'
import { parseFrames, toFrame } from '../protocol/frames.ts'
import type { Owner } from '../store/owner.ts'
import type { Store } from '../store/store.ts'
import { toErrorEvent } from './execute-run.ts'
import { FEED_LENGTH_MAX, FrameFeed } from './frame-feed.ts'
import { patiently } from './patience.ts'

const POLL_MS = 250
const HEARD_MS = 1_500
const PIECES_MAX = 50
/** What a reader may have before it; the feed could keep twice as much. */
const UNREAD_LENGTH_MAX = FEED_LENGTH_MAX / 2
const READER_POLL_MS = 20

export interface StoredFeedParts {
  readonly store: Store
  readonly log: Logger
  readonly runId: string
  readonly owner: Owner
  readonly fromSequence: number
}

/**
 * The frames of a run that lives in another process, has ended, or has said more than its process
 * keeps in memory: as the database has them, up to a checkpoint later than there.
 *
 * It is for one reader, and reads no faster than that one does. As long as it does the run counts
 * as listened to. Reading stops when the reader leaves.
 */
export function storedFeed(parts: StoredFeedParts): FrameFeed {
  const abort = new AbortController()
  const feed = new FrameFeed({
    firstSequence: parts.fromSequence,
    onAudience: (present) => {
      if (!present) abort.abort()
    },
  })
  void copyToEnd(feed, abort.signal, parts)
  return feed
}

async function copyToEnd(
  feed: FrameFeed,
  signal: AbortSignal,
  parts: StoredFeedParts,
): Promise<void> {
  const hearing = setInterval(() => noteListener(parts), HEARD_MS)
  noteListener(parts)
  try {
    await copyFrames(feed, signal, parts)
    // Before its end is: the next that comes with the same words is to be a new message.
    if (!signal.aborted) await noteHeard(parts)
  } catch (error) {
    if (!signal.aborted) {
      parts.log.warn({ err: error, run: parts.runId }, 'could not read on what a run has said')
      const failure = toErrorEvent(new ServiceError('run_interrupted'))
      feed.push(toFrame(feed.nextSequence, failure))
    }
  } finally {
    clearInterval(hearing)
    feed.end()
  }
}

/** A sign that gets lost is made up for by the next one. */
function noteListener({ store, log, runId, owner }: StoredFeedParts): void {
  store.ledger.noteListener(runId, owner).catch((error: unknown) => {
    log.warn({ err: error, run: runId }, 'could not note that somebody listens')
  })
}

/** Where this gets lost the next minute's repeat hears the same once more. */
async function noteHeard({ store, log, runId, owner }: StoredFeedParts): Promise<void> {
  try {
    await store.recovery.noteHeard(runId, owner)
  } catch (error) {
    log.warn({ err: error, run: runId }, 'could not note that an answer was heard')
  }
}

async function copyFrames(
  feed: FrameFeed,
  signal: AbortSignal,
  { store, runId, owner, fromSequence: first }: StoredFeedParts,
): Promise<void> {
  // Not the number of frames in the feed: those of a lost process leave a gap.
  let fromSequence = first
  while (!signal.aborted) {
    const range = { fromSequence, piecesMax: PIECES_MAX }
    const { live, isWhole, text } = await patiently(() =>
      store.recovery.readFrames(runId, range, owner),
    )
    for (const { sequence, json } of parseFrames(text)) {
      if (sequence < fromSequence) continue
      while (feed.unreadLength > UNREAD_LENGTH_MAX)
        await sleep(READER_POLL_MS, undefined, { signal })
      feed.push(`id: ${sequence}\ndata: ${json}\n\n`)
      fromSequence = sequence + 1
    }
    if (!live && isWhole) return
    if (isWhole) await sleep(POLL_MS, undefined, { signal })
  }
}
