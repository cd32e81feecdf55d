const PART = /(<words>|<json>)/

/** Whether a recorded text says less than all: it holds `<words>` or `<json>`. */
export function isPattern(text: string): boolean {
  return PART.test(text)
}

/**
 * Whether a text is what a pattern says: what stands around `<words>` is there, in this order, and
 * `<json>` is a JSON text that `isRight` accepts.
 */
export function fitsPattern(
  pattern: string,
  text: string,
  isRight: (json: unknown) => boolean,
): boolean {
  const parts = pattern.split(PART).filter((part) => part !== '')
  return fits(parts, text, isRight)
}

function fits(
  [part, ...rest]: readonly string[],
  text: string,
  isRight: (json: unknown) => boolean,
): boolean {
  if (part === undefined) return text === ''
  if (part === '<words>') {
    return rest.length === 0 || offsets(text).some((at) => fits(rest, text.slice(at), isRight))
  }
  if (part === '<json>') {
    return offsets(text).some(
      (end) => isJson(text.slice(0, end), isRight) && fits(rest, text.slice(end), isRight),
    )
  }
  return text.startsWith(part) && fits(rest, text.slice(part.length), isRight)
}

/** From the beginning of a text to its end, both included. */
function offsets(text: string): number[] {
  return Array.from({ length: text.length + 1 }, (_, index) => index)
}

function isJson(text: string, isRight: (json: unknown) => boolean): boolean {
  if (!/^[[{"\-\dtfn].*$/s.test(text)) return false
  try {
    return isRight(JSON.parse(text))
  } catch {
    return false // not a JSON text, so not the one that is looked for
  }
}
