import { z } from 'zod'

const CHOSEN_BY_THE_CLIENT = '*'

/** Where something is in a request, in names of its schema: one that the client chose is a `*`. */
export function knownPath(schema: z.core.$ZodType, path: readonly PropertyKey[]): string {
  let schemas: readonly z.core.$ZodType[] = [schema]
  const names = path.map((part) => {
    const inside = schemas.flatMap(plain).flatMap((outer) => insideOf(outer, part))
    schemas = inside.map((found) => found.schema)
    const isKnown = typeof part === 'number' || inside.some((found) => found.isNamed)
    return isKnown ? String(part) : CHOSEN_BY_THE_CLIENT
  })
  return names.join('.')
}

interface Inside {
  readonly schema: z.core.$ZodType
  /** Whether the schema has the name of this part, and not only room for it. */
  readonly isNamed: boolean
}

function insideOf(schema: z.core.$ZodType, part: PropertyKey): readonly Inside[] {
  if (schema instanceof z.ZodObject) {
    const shape: Readonly<Record<PropertyKey, z.core.$ZodType>> = schema.shape
    const inner = Object.hasOwn(shape, part) ? shape[part] : undefined
    return inner ? [{ schema: inner, isNamed: true }] : []
  }
  if (schema instanceof z.ZodRecord) return [{ schema: schema.valueType, isNamed: false }]
  if (schema instanceof z.ZodArray) return [{ schema: schema.element, isNamed: false }]
  return []
}

/** What a schema is without what is around it: the alternatives, where there are several. */
function plain(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(plain)
  if (schema instanceof z.ZodPipe) return plain(schema.in)
  const isWrapped =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodCatch ||
    schema instanceof z.ZodReadonly
  return isWrapped ? plain(schema.def.innerType) : [schema]
}
