import { isObject } from './json.ts'
import type { Stored } from './rows.ts'

/**
 * What a client still shows after these events although it is not stored. What was shown neither
 * vanishes nor stays as a ghost, also when an answer fails: it is kept, or its removal announced.
 */
export function ghostsAfter(events: readonly unknown[], stored: Stored): string[] {
  const shown = new Set<unknown>()
  for (const event of events) {
    if (!isObject(event)) continue
    if (event['type'] === 'thread.item.removed') shown.delete(event['item_id'])
    else if (isObject(event['item'])) shown.add(event['item']['id'])
  }
  const kept = new Set(stored.threads.flatMap(({ items }) => items.map((item) => item['id'])))
  return [...shown.difference(kept)].map(
    (id) => `${String(id)} stays on display although it is not stored`,
  )
}
