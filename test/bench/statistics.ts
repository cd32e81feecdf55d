/** The middle one: a round that somebody else disturbed does not count. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The value that a part of the others is below. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]
  if (value === undefined) throw new Error('nothing was measured')
  return value
}

/** Does work in turns on several connections at once, until it was done so many times. */
export async function inParallel<Worker>(
  workers: readonly Worker[],
  times: number,
  work: (worker: Worker, turn: number) => Promise<void>,
): Promise<void> {
  let next = 0
  await Promise.all(
    workers.map(async (worker) => {
      while (next < times) await work(worker, next++)
    }),
  )
}
