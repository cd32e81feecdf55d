import { ServiceError } from '../errors.ts'

/** How much a body may hold, whatever its length. */
export interface ShapeLimits {
  readonly depthMax: number
  /** Members of lists and objects, all together. */
  readonly valuesMax: number
  /**
   * Names of members: reading one that has not been seen yet costs ten times as much as a value.
   */
  readonly namesMax: number
}

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const LIST = 0x5b
const BACKSLASH = 0x5c
const LIST_END = 0x5d
const OBJECT = 0x7b
const OBJECT_END = 0x7d
/** Beyond it looking for the end of a text takes less time than looking at each byte. */
const LONG_TEXT = 64

/**
 * Refuses JSON that would take long to read, by its bytes: nothing is made of them before it is
 * known to be little. What is no JSON at all is the parser's to refuse.
 */
export function demandSmallShape(bytes: Buffer, limits: ShapeLimits): void {
  let depth = 0
  let values = 1
  let names = 0
  for (let at = 0; at < bytes.length; at += 1) {
    switch (bytes[at]) {
      case QUOTE:
        at = endOfText(bytes, at + 1)
        break
      case COMMA:
        values += 1
        break
      case COLON:
        names += 1
        break
      case LIST:
      case OBJECT:
        values += 1
        depth += 1
        if (depth > limits.depthMax) throw refusal(`nested deeper than ${limits.depthMax}`)
        break
      case LIST_END:
      case OBJECT_END:
        depth -= 1
        break
      default:
    }
    if (values > limits.valuesMax) throw refusal(`more than ${limits.valuesMax} values`)
    if (names > limits.namesMax) throw refusal(`more than ${limits.namesMax} names`)
  }
}

/** Where a text ends that begins at `start`, or the end of all bytes. */
function endOfText(bytes: Buffer, start: number): number {
  let from = start
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at]
    if (byte === QUOTE) return at
    if (byte === BACKSLASH) {
      at += 1
      from = at
    } else if (at - from > LONG_TEXT) {
      const next = bytes.indexOf(QUOTE, at)
      if (next < 0) return bytes.length
      if (!isEscaped(bytes, next)) return next
      at = next
      from = next
    }
  }
  return bytes.length
}

/** Whether an odd number of backslashes stands before a quote. */
function isEscaped(bytes: Buffer, quote: number): boolean {
  let before = quote - 1
  while (bytes[before] === BACKSLASH) before -= 1
  return (quote - before) % 2 === 0
}

function refusal(what: string): ServiceError {
  return new ServiceError('invalid_request', { detail: `body: ${what}` })
}
