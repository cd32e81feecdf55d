import { RegionInfo } from 'aws-cdk-lib/region-info'
import { z } from 'zod'

// The text of every rule completes the sentence "<path>: is <value>, must be …".

/** A set of named settings that refuses every other name, so a typing error never goes unseen. */
export function group<Shape extends z.ZodRawShape>(shape: Shape) {
  const names = Object.keys(shape).join(', ')
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? `one of ${names}` : `a group of settings: ${names}`,
  })
}

export function text(pattern: RegExp, allowed: string) {
  return z.string({ error: allowed }).regex(pattern, { error: allowed })
}

export function whole(min: number, max: number) {
  const error = `a whole number from ${min} to ${max}`
  return z.int({ error }).min(min, { error }).max(max, { error })
}

export function flag() {
  return z.boolean({ error: 'true or false' })
}

export function oneOf<const Value extends string | number>(values: readonly Value[]) {
  return z.literal(values, { error: `one of ${values.join(', ')}` })
}

const REGIONS = new Set(RegionInfo.regions.map(({ name }) => name))

/** Whether AWS has a region of this name. */
export function isRegion(name: string): boolean {
  return REGIONS.has(name)
}

export interface NamedTexts {
  readonly names: { readonly pattern: RegExp; readonly allowed: string }
  readonly values: z.ZodString
  readonly allowed: string
}

/** Texts by names of the team's own choice. */
export function namedTexts({ names, values, allowed }: NamedTexts) {
  return z
    .record(text(names.pattern, names.allowed), values, {
      error: (issue) => (issue.code === 'invalid_key' ? names.allowed : allowed),
    })
    .default({})
}

/** Reports a value that is well formed by itself and wrong beside the others. */
export function refuse(
  context: z.core.$RefinementCtx,
  path: readonly PropertyKey[],
  problem: {
    readonly value: unknown
    readonly allowed: string
    /** @default false - true where what comes next could not work with the value */
    readonly final?: boolean
  },
): void {
  const { value, allowed, final = false } = problem
  context.addIssue({
    code: 'custom',
    path: [...path],
    message: allowed,
    input: value,
    continue: !final,
  })
}
