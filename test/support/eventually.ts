import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MS = 25
const NANOSECONDS_PER_MS = 1_000_000n

/**
 * The first value that is not undefined or false; throws when none comes in time. Without a limit
 * of its own it waits long enough for a machine that is busy with other things.
 */
export async function eventually<Value>(
  probe: () => Promise<Value | undefined | false> | Value | undefined | false,
  timeoutMs = 60_000,
): Promise<Value> {
  // Not the clock of the service, which a test may set.
  const startedAt = process.hrtime.bigint()
  while (true) {
    const value = await probe()
    if (value !== undefined && value !== false) return value
    const waitedMs = Number((process.hrtime.bigint() - startedAt) / NANOSECONDS_PER_MS)
    if (waitedMs > timeoutMs) throw new Error(`not within ${timeoutMs} ms: ${String(probe)}`)
    await sleep(POLL_MS)
  }
}
