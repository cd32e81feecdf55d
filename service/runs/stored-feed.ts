import { setTimeout as sleep } from 'node:timers/promises'
import { parseFrames } from '../protocol/frames.ts'
import type { Owner } from '../store/owner.ts'
import type { RunRecovery } from '../store/run-recovery.ts'
import { FrameFeed } from './frame-feed.ts'
import { patiently } from './patience.ts'

const POLL_MS = 250

/**
 * The frames of a run that lives in another process, or has ended, as the database has them: live
 * ones arrive up to a checkpoint later than there. Reading stops when the last listener leaves.
 */
export function storedFeed(recovery: RunRecovery, runId: string, owner: Owner): FrameFeed {
  const abort = new AbortController()
  const feed = new FrameFeed((present) => {
    if (!present) abort.abort()
  })
  copyFrames(feed, abort.signal, (from) => recovery.readFrames(runId, from, owner))
    .catch(() => undefined) // a reader that loses the database sees the end of the stream
    .finally(() => feed.end())
  return feed
}

async function copyFrames(
  feed: FrameFeed,
  signal: AbortSignal,
  read: (fromSequence: number) => Promise<{ readonly live: boolean; readonly text: string }>,
): Promise<void> {
  while (!signal.aborted) {
    const { live, text } = await patiently(() => read(feed.nextSequence))
    for (const frame of parseFrames(text))
      feed.push(`id: ${frame.sequence}\ndata: ${frame.json}\n\n`)
    if (!live) return
    await sleep(POLL_MS, undefined, { signal, ref: false })
  }
}
