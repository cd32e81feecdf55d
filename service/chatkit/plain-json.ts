import { ServiceError } from '../errors.ts'

const DEPTH_MAX = 64
/** Far more than the largest result of a tool has, and little enough to look at in no time. */
const VALUES_MAX = 100_000

/**
 * Refuses JSON that nests deeper than anything a client sends, or has more values, and text with
 * half of a surrogate pair, which no database and no other language could take.
 */
export function demandPlainJson(value: unknown): void {
  // A list of its own and not recursion: the depth is what cannot be trusted here.
  let level: unknown[] = [value]
  let count = 0
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEPTH_MAX) throw refusal(`nested deeper than ${DEPTH_MAX}`)
    const next: unknown[] = []
    for (const entry of level) {
      count += addChildren(entry, next)
      if (count > VALUES_MAX) throw refusal(`more than ${VALUES_MAX} values`)
    }
    level = next
  }
}

/** Adds what has to be looked at in its turn; returns how many values there were. */
function addChildren(entry: unknown, next: unknown[]): number {
  if (Array.isArray(entry)) {
    for (const child of entry) addChild(child, next)
    return entry.length
  }
  if (typeof entry === 'string') demandWellFormed(entry)
  if (!isObject(entry)) return 1
  let count = 0
  // Without a list of its names: where they are many, it takes long to make.
  for (const name in entry) {
    count += 1
    demandWellFormed(name)
    addChild(entry[name], next)
  }
  return count
}

function addChild(child: unknown, next: unknown[]): void {
  if (typeof child === 'string') demandWellFormed(child)
  else if (typeof child === 'object' && child !== null) next.push(child)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function refusal(what: string): ServiceError {
  return new ServiceError('invalid_request', { detail: `body: ${what}` })
}

function demandWellFormed(text: string): void {
  if (!text.isWellFormed()) throw refusal('text that is not valid Unicode')
}
