import type { Bindings } from './bindings.ts'
import { differences, differencesInAnyOrder } from './differences.ts'
import type { Stored } from './rows.ts'
import type { ServerTrace } from './trace-format.ts'

type ExpectedRows = Pick<
  ServerTrace,
  'stored' | 'stored_threads' | 'stored_more' | 'stored_attachments' | 'hardened_stored'
>

/** Where what is left in the store is not what was recorded. */
export function compareStored(
  expected: ExpectedRows,
  stored: Stored,
  bindings: Bindings,
): readonly string[] {
  const first = stored.threads[0]?.items ?? []
  const { hardened_stored: hardened } = expected
  if (hardened === 'unspecified') return []
  if (hardened) return differences(hardened, first, { bindings, path: 'stored' })
  const found = differences(expected.stored, first, { bindings, path: 'stored' })
  if (expected.stored_threads) {
    const rows = stored.threads.map(({ thread }) => thread)
    found.push(...differences(expected.stored_threads, rows, { bindings, path: 'stored_threads' }))
  }
  for (const [token, items] of Object.entries(expected.stored_more ?? {})) {
    const path = `stored_more.${token}`
    const id = bindings.get(token) ?? token
    const thread = stored.threads.find((one) => one.id === id)
    if (thread) found.push(...differences(items, thread.items, { bindings, path }))
    else found.push(`${path}: there is no such thread`)
  }
  if (expected.stored_attachments) {
    const place = { bindings, path: 'stored_attachments' }
    found.push(...differences(expected.stored_attachments, stored.attachments, place))
  }
  return found
}

/** The same for one thread alone, where the order may be left open. */
export function compareItems(
  expected: readonly unknown[],
  stored: Stored,
  { bindings, isInAnyOrder }: { readonly bindings: Bindings; readonly isInAnyOrder: boolean },
): readonly string[] {
  const items = stored.threads[0]?.items ?? []
  const place = { bindings, path: 'stored' }
  return isInAnyOrder
    ? differencesInAnyOrder(expected, items, place)
    : differences(expected, items, place)
}
