import { isIdToken } from './bindings.ts'
import type { Bindings } from './bindings.ts'
import { isObject } from './json.ts'
import type { JsonObject } from './json.ts'
import { fitsPattern, isPattern } from './text-pattern.ts'

const UTC_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/
const SHOWN_LENGTH_MAX = 160
/** How much longer than recorded something may take here, in seconds. */
const DURATION_SLACK_SECONDS = 60

export interface Place {
  readonly bindings: Bindings
  /** Where in the answer the values stand, for the reader of the report. */
  readonly path: string
}

/**
 * Compares a value with a recorded one: structure, the order of lists, absent keys. What differs,
 * a line each; nothing if it is the same.
 */
export function differences(expected: unknown, actual: unknown, place: Place): string[] {
  if (typeof expected === 'string') return compareTexts(expected, actual, place)
  if (Array.isArray(expected)) return compareLists(expected, actual, place)
  if (isObject(expected)) return compareObjects(expected, actual, place)
  if (isDuration(expected, actual, place)) return []
  return expected === actual ? [] : [differ(expected, actual, place)]
}

/** Compares lists whose entries may come in any order. */
export function differencesInAnyOrder(
  expected: readonly unknown[],
  actual: readonly unknown[],
  { bindings, path }: Place,
): readonly string[] {
  if (expected.length !== actual.length) return differences(expected, actual, { bindings, path })
  const [first, ...rest] = expected
  if (expected.length === 0) return []
  let closest: readonly string[] | undefined
  for (const [index, candidate] of actual.entries()) {
    const found = bindings.attempt((tried) => {
      const own = differences(first, candidate, { bindings: tried, path: `${path}[?]` })
      if (own.length > 0) return own
      const others = actual.toSpliced(index, 1)
      return differencesInAnyOrder(rest, others, { bindings: tried, path })
    })
    if (found.length === 0) return []
    if (!closest || found.length < closest.length) closest = found
  }
  return closest ?? []
}

/** Whether a value is a time in UTC, as every time on the wire must be. */
export function isUtcTime(value: unknown): boolean {
  return typeof value === 'string' && UTC_TIME.test(value) && !Number.isNaN(Date.parse(value))
}

function compareTexts(expected: string, actual: unknown, place: Place): string[] {
  const isSame =
    typeof actual === 'string' &&
    (isIdToken(expected)
      ? actual !== '' && place.bindings.bind(expected, actual)
      : matches(expected, actual))
  if (isSame) return []
  const bound = place.bindings.get(expected)
  return [differ(bound === undefined ? expected : `${expected}, which is ${bound}`, actual, place)]
}

function matches(expected: string, actual: string): boolean {
  if (expected === '<time>') return isUtcTime(actual)
  if (isPattern(expected)) return fitsPattern(expected, actual, () => true)
  return expected === actual
}

function compareLists(expected: readonly unknown[], actual: unknown, place: Place): string[] {
  if (!Array.isArray(actual)) return [differ(expected, actual, place)]
  const found: string[] = []
  for (let index = 0; index < Math.max(expected.length, actual.length); index++) {
    const path = `${place.path}[${index}]`
    if (index >= actual.length) found.push(`${path}: expected ${show(expected[index])}, got none`)
    else if (index >= expected.length) found.push(`${path}: too many: ${show(actual[index])}`)
    else found.push(...differences(expected[index], actual[index], { ...place, path }))
  }
  return found
}

function compareObjects(expected: JsonObject, actual: unknown, place: Place): string[] {
  if (!isObject(actual)) return [differ(expected, actual, place)]
  const { bindings } = place
  const { keys, isOpen, json } = keysOf(expected)
  const found: string[] = []
  for (const key of keys) {
    const path = place.path === '' ? key : `${place.path}.${key}`
    const [value, got] = [expected[key], actual[key]]
    if (!Object.hasOwn(actual, key)) found.push(`${path}: expected ${show(value)}, got no such key`)
    else if (json && isJsonText(value))
      found.push(...compareJson(json, [value, got], { bindings, path }))
    else found.push(...differences(value, got, { bindings, path }))
  }
  if (isOpen) return found
  for (const key of Object.keys(actual).filter((name) => !keys.includes(name))) {
    found.push(`${place.path}.${key}: a key too many: ${show(actual[key])}`)
  }
  return found
}

function keysOf(expected: JsonObject) {
  const hasJson = 'json' in expected && Object.values(expected).some(isJsonText)
  return {
    keys: Object.keys(expected).filter((key) => key !== '...' && !(hasJson && key === 'json')),
    isOpen: expected['...'] === true,
    json: hasJson ? { value: expected['json'] } : undefined,
  }
}

function isJsonText(value: unknown): value is string {
  return typeof value === 'string' && value.includes('<json>')
}

/** Compares a text that holds JSON: the value in it has to be the recorded one. */
function compareJson(
  json: { readonly value: unknown },
  [pattern, actual]: readonly [string, unknown],
  { bindings, path }: Place,
): readonly string[] {
  if (typeof actual !== 'string') return [differ(pattern, actual, { bindings, path })]
  let closest: readonly string[] = [
    `${differ(pattern, actual, { bindings, path })}, where <json> is ${show(json.value)}`,
  ]
  const isRight = (value: unknown) => {
    const found = bindings.attempt((tried) =>
      differences(json.value, value, { bindings: tried, path: `${path}<json>` }),
    )
    if (found.length > 0 && isObject(value)) closest = found
    return found.length === 0
  }
  return fitsPattern(pattern, actual, isRight) ? [] : closest
}

function isDuration(expected: unknown, actual: unknown, { path }: Place): boolean {
  if (!path.endsWith('.summary.duration')) return false
  if (typeof expected !== 'number' || typeof actual !== 'number') return false
  const extra = actual - expected
  return Number.isInteger(actual) && extra >= 0 && extra <= DURATION_SLACK_SECONDS
}

function differ(expected: unknown, actual: unknown, { path }: Place): string {
  return `${path || 'value'}: expected ${show(expected)}, got ${show(actual)}`
}

function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text
}
