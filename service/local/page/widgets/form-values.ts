/** What the fields of a form hold, by their names; a check box holds whether it is ticked. */
export type FormValues = Readonly<Record<string, string | boolean>>

type Values = Record<string, unknown>

/** The values of the form around an element; of the element itself where there is no form. */
export function valuesAround(origin: Element): FormValues {
  const form = origin.closest('form')
  const fields = form ? [...form.elements] : [origin]
  return Object.fromEntries(fields.flatMap(entryOf))
}

/**
 * The payload of an action with the values of its form: `a.b` is the field `b` of `a`, and what the
 * payload says already stays. A payload that is no object is left as it is.
 */
export function payloadWith(payload: unknown, values: FormValues): unknown {
  if (Object.keys(values).length === 0) return payload
  if (payload !== undefined && !isValues(payload)) return payload
  return merged(nested(values), payload ?? {})
}

// The name stands in `data-field`: a radio button's `name` also says what it is grouped with.
function entryOf(field: Element): [string, string | boolean][] {
  const name = field instanceof HTMLElement ? field.dataset['field'] : undefined
  if (name === undefined) return []
  if (field instanceof HTMLInputElement) {
    if (field.type === 'checkbox') return [[name, field.checked]]
    if (field.type === 'radio') return field.checked ? [[name, field.value]] : []
    return [[name, field.value]]
  }
  const isField = field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement
  return isField ? [[name, field.value]] : []
}

function nested(values: FormValues): Values {
  const root: Values = {}
  for (const [path, value] of Object.entries(values)) {
    const keys = path.split('.')
    // Names come from the server: none may reach what every object inherits.
    if (keys.includes('__proto__')) continue
    place(root, keys, value)
  }
  return root
}

function place(target: Values, [key = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    target[key] = value
    return
  }
  const inner = Object.hasOwn(target, key) ? target[key] : undefined
  const child: Values = isValues(inner) ? inner : {}
  target[key] = child
  place(child, rest, value)
}

function merged(below: Values, above: Values): Values {
  const result: Values = { ...below }
  for (const [key, value] of Object.entries(above)) {
    const under = Object.hasOwn(below, key) ? below[key] : undefined
    result[key] = isValues(under) && isValues(value) ? merged(under, value) : value
  }
  return result
}

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
