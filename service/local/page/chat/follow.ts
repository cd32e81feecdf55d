import type { ConversationSession } from './conversation-session.ts'

const INTERVAL_MS = 1000
// An answer that did not grow for this many looks is taken for finished: the server has no flag.
const QUIET_LOOKS_MAX = 5
// Older conversations are not under way, so opening one costs no further requests.
const AGE_MAX_MS = 5 * 60_000

/**
 * Reads on for a while when the conversation may be in the middle of an answer that this page does
 * not receive: it was reloaded, or the connection broke. Ends by itself, and on `signal`.
 */
export async function followAnswer(
  session: ConversationSession,
  signal: AbortSignal,
): Promise<void> {
  let quietLooks = 0
  while (quietLooks < QUIET_LOOKS_MAX && mayBeUnderWay(session)) {
    await pause(signal)
    if (signal.aborted || session.state.value.phase !== 'idle') return
    try {
      quietLooks = (await session.refresh()) ? 0 : quietLooks + 1
    } catch {
      // The server may be starting again; the next look tells.
      quietLooks++
    }
  }
}

function mayBeUnderWay({ state }: ConversationSession): boolean {
  const { endSeen, items } = state.value
  const last = items.at(-1)
  return !endSeen && last !== undefined && Date.now() - Date.parse(last.created_at) < AGE_MAX_MS
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, INTERVAL_MS)
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
