import type { ThreadEntry } from './chat.ts'

export interface ThreadGroup {
  readonly label: string
  readonly threads: readonly ThreadEntry[]
}

const DAY_MS = 86_400_000

/** Groups conversations by the reader's own days. The order of the list is kept. */
export function groupByDay(threads: readonly ThreadEntry[], now: Date): ThreadGroup[] {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime()
  const groups = Map.groupBy(threads, ({ created_at }) =>
    labelFor(Date.parse(created_at), midnight),
  )
  return [...groups].map(([label, group]) => ({ label, threads: group }))
}

function labelFor(time: number, midnight: number): string {
  if (time >= midnight) return 'Today'
  if (time >= midnight - DAY_MS) return 'Yesterday'
  if (time >= midnight - 7 * DAY_MS) return 'Last 7 days'
  return 'Older'
}
