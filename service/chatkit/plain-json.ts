import { ServiceError } from '../errors.ts'

const DEPTH_MAX = 64

/**
 * Refuses JSON that nests deeper than anything a client sends, and text with half of a surrogate
 * pair, which no database and no other language could take.
 */
export function demandPlainJson(value: unknown): void {
  // A list of its own and not recursion: the depth is what cannot be trusted here.
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEPTH_MAX) {
      throw new ServiceError('invalid_request', { detail: `body: nested deeper than ${DEPTH_MAX}` })
    }
    const next: unknown[] = []
    for (const entry of level) addChildren(entry, next)
    level = next
  }
}

function addChildren(entry: unknown, next: unknown[]): void {
  if (typeof entry === 'string') return demandWellFormed(entry)
  if (typeof entry !== 'object' || entry === null) return
  if (!Array.isArray(entry)) for (const key of Object.keys(entry)) demandWellFormed(key)
  for (const child of Object.values(entry)) {
    if (typeof child === 'string') demandWellFormed(child)
    else if (typeof child === 'object' && child !== null) next.push(child)
  }
}

function demandWellFormed(text: string): void {
  if (text.isWellFormed()) return
  throw new ServiceError('invalid_request', { detail: 'body: text that is not valid Unicode' })
}
