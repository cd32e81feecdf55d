import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MS = 25

/**
 * The first value that is not undefined or false; throws when none comes in time. Without a limit of
 * its own it waits long enough for a machine that is busy with other things.
 */
export async function eventually<Value>(
  probe: () => Promise<Value | undefined | false> | Value | undefined | false,
  timeoutMs = 60_000,
): Promise<Value> {
  const deadline = Date.now() + timeoutMs
  while (true) {
    const value = await probe()
    if (value !== undefined && value !== false) return value
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${String(probe)}`)
    await sleep(POLL_MS)
  }
}
