import type { GivenAnswer } from './answer.ts'
import type { Bindings } from './bindings.ts'
import { differences, differencesInAnyOrder } from './differences.ts'
import type { Place } from './differences.ts'
import { isObject } from './json.ts'
import type { Expected, ExpectedAnswer } from './trace-format.ts'

const SOME_ERROR = { type: 'error', '...': true }

export interface CompareOptions {
  readonly bindings: Bindings
  /** Whether removals that follow each other may come in any order. */
  readonly removalsInAnyOrder?: boolean
}

/** Where an answer is not what was recorded; nothing if it is. Ids are bound on the way. */
export function compareAnswer(
  expected: Expected,
  given: GivenAnswer,
  options: CompareOptions,
): readonly string[] {
  if (given.faults.length > 0) return given.faults
  switch (expected.kind) {
    case 'unspecified':
      return given.kind === 'stream' || given.status < 500
        ? []
        : [unexpectedKind('any answer but a failure', given)]
    case 'one_of':
      return compareWithAny(expected.of, given, options)
    default:
      return compareWithAny([expected], given, options)
  }
}

/** The first that fits counts; if none does, the one that fits best says what is wrong. */
function compareWithAny(
  all: readonly ExpectedAnswer[],
  given: GivenAnswer,
  options: CompareOptions,
): readonly string[] {
  let closest: readonly string[] | undefined
  for (const one of all.flatMap(instead)) {
    const found = options.bindings.attempt((bindings) =>
      compareOne(one, given, { ...options, bindings }),
    )
    if (found.length === 0) return []
    if (!closest || found.length < closest.length) closest = found
  }
  return closest ?? []
}

/**
 * What is done instead of cutting a stream: it ends with one error event, either at once or after
 * what was said before.
 */
function instead(expected: ExpectedAnswer): readonly ExpectedAnswer[] {
  if (expected.kind !== 'stream' || expected.outcome !== 'truncated') return [expected]
  return [[], expected.events].map((events) => ({
    kind: 'stream',
    events: [...events, SOME_ERROR],
    outcome: 'ended',
  }))
}

function compareOne(
  expected: ExpectedAnswer,
  given: GivenAnswer,
  options: CompareOptions,
): readonly string[] {
  const { bindings } = options
  switch (expected.kind) {
    case 'stream':
      if (given.kind !== 'stream') return [unexpectedKind('a stream', given)]
      return compareEvents(expected.events, given.events, options)
    case 'json':
      if (given.kind !== 'json' || given.status !== 200) return [unexpectedKind('JSON', given)]
      return differences(expected.body, given.body, { bindings, path: 'body' })
    case 'failure':
      return isFailure(expected.status, given)
        ? []
        : [unexpectedKind(`a refusal with ${expected.status} and a message`, given)]
  }
}

function isFailure(status: number | '4xx', given: GivenAnswer): boolean {
  if (given.kind !== 'json' || !isObject(given.body)) return false
  const { message } = given.body
  const isStatus =
    status === '4xx' ? given.status >= 400 && given.status < 500 : given.status === status
  return isStatus && typeof message === 'string' && message !== ''
}

function compareEvents(
  expected: readonly unknown[],
  given: readonly unknown[],
  { bindings, removalsInAnyOrder }: CompareOptions,
): readonly string[] {
  if (!removalsInAnyOrder) return differences(expected, given, { bindings, path: 'events' })
  const found: string[] = []
  for (let at = 0; at < Math.max(expected.length, given.length);) {
    const length = Math.max(1, Math.min(removalsFrom(expected, at), removalsFrom(given, at)))
    const [those, these] = [expected.slice(at, at + length), given.slice(at, at + length)]
    const place: Place = { bindings, path: `events[${at}]` }
    if (length > 1) found.push(...differencesInAnyOrder(those, these, place))
    else if (these.length === 0) found.push(`events[${at}]: expected ${typeOf(those[0])}, got none`)
    else if (those.length === 0) found.push(`events[${at}]: too many: ${typeOf(these[0])}`)
    else found.push(...differences(those[0], these[0], place))
    at += length
  }
  return found
}

function removalsFrom(events: readonly unknown[], start: number): number {
  let end = start
  while (typeOf(events[end]) === 'thread.item.removed') end += 1
  return end - start
}

function typeOf(event: unknown): string {
  return isObject(event) ? String(event['type']) : 'nothing'
}

function unexpectedKind(expected: string, given: GivenAnswer): string {
  const content = given.kind === 'stream' ? given.events.slice(0, 3) : given.body
  const shown = JSON.stringify(content)?.slice(0, 200) ?? 'nothing'
  return `expected ${expected}, got ${given.kind === 'stream' ? 'a stream' : given.status}: ${shown}`
}
