import type { Bindings } from './bindings.ts'
import { isObject, mapTexts } from './json.ts'

/** What a trace says that cannot be done: its own fault, not the service's. */
export class TraceFault extends Error {
  override readonly name = 'TraceFault'
}

const BOUND = /^\$(thread|item|attachment)(:\d+)?$/
const AGO = /^\$ago:(\d+(?:\.\d+)?)$/
// `$n`, but not the beginning of `$now`.
const NUMBER = /\$n(?!ow)/g

/** The request with the ids that have been seen so far. */
export function fillRequest<Value>(request: Value, bindings: Bindings): Value {
  return mapTexts(request, (text) => {
    const [, kind, number = ''] = BOUND.exec(text) ?? []
    // Only threads can go without a number.
    if (kind === undefined || (kind !== 'thread' && number === '')) return fillTime(text)
    const token = `<${kind}${number === ':1' && kind === 'thread' ? '' : number}>`
    const id = bindings.get(token)
    if (id === undefined) throw new TraceFault(`${text}: no answer before has bound ${token}`)
    return id
  })
}

export interface ScriptPlace {
  readonly threadId: string
  /** The user's message; undefined where none is answered. */
  readonly input?: string | undefined
}

/** An entry of a script or a history, for the thread at hand. */
export function fillScript<Value>(entry: Value, { threadId, input }: ScriptPlace): Value {
  return mapTexts(entry, (text) => {
    if (text === '$thread') return threadId
    if (text !== '$input') return fillTime(text)
    if (input === undefined) throw new TraceFault('$input: no user message is being answered')
    return input
  })
}

/** The entry of a repetition for its n-th time; one inside it counts for itself. */
export function fillNumber<Value>(entry: Value, n: number): Value {
  if (isObject(entry) && '$repeat' in entry) return entry
  return mapTexts(entry, (text) => text.replaceAll(NUMBER, String(n)))
}

function fillTime(text: string): string {
  if (text === '$now') return new Date().toISOString()
  const seconds = AGO.exec(text)?.[1]
  return seconds === undefined ? text : new Date(Date.now() - Number(seconds) * 1_000).toISOString()
}
