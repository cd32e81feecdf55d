import * as fc from 'fast-check'

/**
 * What chance decides in tests is decided by this number, so that a test that has passed passes
 * again. To look further: `TEST_SEED=random npm test -- properties`, or the number of a failure.
 */
export const SEED = seedOf(process.env['TEST_SEED'])

fc.configureGlobal({ seed: SEED })

/** How often a test tries what takes long: as often as it says itself, or `TEST_RUNS` times. */
export function runsOf(usual: number): number {
  return Number(process.env['TEST_RUNS'] ?? usual)
}

function seedOf(wanted = '1'): number {
  return wanted === 'random' ? Date.now() % 2 ** 31 : Number(wanted)
}
