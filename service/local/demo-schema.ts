import { z } from 'zod'

/** The part of JSON Schema that values are made up from; the rest is only checked against. */
export const JsonSchema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  description: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  default: z.unknown().optional(),
  examples: z.array(z.unknown()).optional(),
  pattern: z.string().optional(),
  format: z.string().optional(),
  minimum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  maximum: z.number().optional(),
  maxLength: z.number().optional(),
  minItems: z.number().optional(),
  maxItems: z.number().optional(),
  required: z.array(z.string()).optional(),
  get items() {
    return JsonSchema.optional()
  },
  get properties() {
    return z.record(z.string(), JsonSchema).optional()
  },
  get anyOf() {
    return z.array(JsonSchema).optional()
  },
  get oneOf() {
    return z.array(JsonSchema).optional()
  },
})
export type JsonSchema = z.infer<typeof JsonSchema>

/** A check for values of a schema. One that cannot be understood accepts nothing. */
export function checkOf(schema: JsonSchema): (value: unknown) => boolean {
  try {
    const compiled = z.fromJSONSchema(z.record(z.string(), z.json()).parse(schema))
    return (value) => compiled.safeParse(value).success
  } catch {
    return () => false
  }
}
