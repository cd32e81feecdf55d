import { z } from 'zod'

// What is wrong with a value reads on behind its name: "PORT: is "http", must be a whole number …".
// A kind of variable that may hold a secret, or an address with a password, never quotes it.

const SHOWN_LENGTH_MAX = 60

/** The words for a fault of a value that is no secret, as the `error` of its schema. */
export function mustBe(allowed: string) {
  return ({ input }: { readonly input?: unknown }): string =>
    `${input === undefined ? 'is missing' : `is ${shown(input)}`}, must be ${allowed}`
}

/** Named parts and no others, so a typing error never goes unseen. */
export function group<Shape extends z.ZodRawShape>(shape: Shape) {
  const allowed = `made of ${Object.keys(shape).join(', ')}`
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `has ${issue.keys.map(shown).join(', ')}, must be ${allowed}`
        : mustBe(allowed)(issue),
  })
}

/** Any text but a blank one. It is never quoted. */
export const text = z.string().trim().min(1, 'must be more than spaces')

/** A whole number, written in digits. */
export function whole(min: number, max: number) {
  return z.string().transform((value, context) => {
    const number = /^\s*\d+\s*$/.test(value) ? Number(value) : Number.NaN
    if (number >= min && number <= max) return number
    context.addIssue(mustBe(`a whole number from ${min} to ${max}`)({ input: value }))
    return z.NEVER
  })
}

/** One of some words. */
export function oneOf<const Names extends readonly string[]>(names: Names) {
  return z.enum(names, { error: mustBe(`one of ${names.join(', ')}`) })
}

/** `true` or `false`. */
export function flag(initial: 'true' | 'false') {
  return z
    .enum(['true', 'false'], { error: mustBe('true or false') })
    .default(initial)
    .transform((value) => value === 'true')
}

/** For a schema's `transform`: what a text says as JSON. */
export function toJson(example: string) {
  return (value: string, context: z.core.$RefinementCtx): unknown => {
    try {
      return JSON.parse(value)
    } catch {
      context.addIssue(mustBe(`JSON, such as ${example}`)({ input: value }))
      return z.NEVER
    }
  }
}

function shown(value: unknown): string {
  const all = typeof value === 'string' ? `"${value}"` : JSON.stringify(value)
  return all.length > SHOWN_LENGTH_MAX ? `${all.slice(0, SHOWN_LENGTH_MAX)}…` : all
}
