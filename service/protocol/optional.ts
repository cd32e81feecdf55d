import { z } from 'zod'

/**
 * A field that may be absent. An explicit null means the same and disappears: models on the wire
 * carry no nulls.
 */
export function optional<Schema extends z.ZodType>(schema: Schema) {
  return schema
    .nullish()
    .transform((given): z.output<Schema> | undefined => given ?? undefined)
    .optional()
}

/** A field that has a default. Absent and null both mean the default. */
export function withDefault<Schema extends z.ZodType>(
  schema: Schema,
  value: NonNullable<z.output<Schema>>,
) {
  return schema.nullish().transform((given): NonNullable<z.output<Schema>> => given ?? value)
}

/** An object whose content belongs to the application: kept as it is, nulls included. */
export const FreeObject = z.record(z.string(), z.unknown())
