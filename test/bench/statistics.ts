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

/**
 * Measures each of several in turn, again and again; the results of each. Who was first in one
 * round is last in the next, so that nobody always comes after the same one.
 */
export async function inTurns<Name extends string, Result>(
  rounds: number,
  measures: Readonly<Record<Name, () => Promise<Result>>>,
): Promise<Record<Name, Result[]>> {
  const all = Object.entries<() => Promise<Result>>(measures)
  const results: Record<string, Result[]> = {}
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? all : all.toReversed()
    for (const [name, measure] of order) (results[name] ??= []).push(await measure())
  }
  return results
}
