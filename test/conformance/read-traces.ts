import { readFileSync, readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { z } from 'zod'
import { isObject } from './json.ts'
import { BridgeTrace, RequestTrace, ServerTrace } from './trace-format.ts'

export type Trace =
  | { readonly kind: 'server'; readonly name: string; readonly trace: ServerTrace }
  | { readonly kind: 'requests'; readonly name: string; readonly trace: RequestTrace }
  | { readonly kind: 'bridge'; readonly name: string; readonly trace: BridgeTrace }
  | { readonly kind: 'unreadable'; readonly name: string; readonly faults: readonly string[] }

/** There is nothing to replay where somebody said there is. */
export class NoTracesError extends Error {
  override readonly name = 'NoTracesError'
}

/**
 * The traces in files and folders, at any depth. What a file is, its content decides; one that is
 * no trace is given back as a failure.
 *
 * @throws NoTracesError where a path is not there or a folder holds no JSON file.
 */
export function readTraces(paths: readonly string[]): Trace[] {
  return paths.flatMap((path) => filesIn(path).map((file) => readTrace(file)))
}

/** One trace; what is wrong with its file is said in the words of the format. */
export function readTrace(file: string): Trace {
  const name = file
    .split(/[\\/]/)
    .slice(-2)
    .join('/')
    .replace(/\.json$/, '')
  let content: unknown
  try {
    content = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    return { kind: 'unreadable', name, faults: [`no JSON: ${String(error)}`] }
  }
  return toTrace(name, content)
}

/** What a file holds, by the keys that only one kind of trace has. */
export function toTrace(name: string, content: unknown): Trace {
  if (isObject(content) && 'cases' in content) {
    const { data: trace, error } = RequestTrace.safeParse(content)
    return trace ? { kind: 'requests', name, trace } : unreadable(name, error)
  }
  if (isObject(content) && 'steps' in content) {
    const { data: trace, error } = ServerTrace.safeParse(content)
    return trace ? { kind: 'server', name, trace } : unreadable(name, error)
  }
  if (isObject(content) && 'upstream' in content) {
    const { data: trace, error } = BridgeTrace.safeParse(content)
    return trace ? { kind: 'bridge', name, trace } : unreadable(name, error)
  }
  return { kind: 'unreadable', name, faults: ['no trace: none of steps, cases and upstream'] }
}

function filesIn(path: string): string[] {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats) throw new NoTracesError(`There is nothing at ${path}.`)
  if (stats.isFile()) return [path]
  const files = readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted((one, other) => basename(one).localeCompare(basename(other)))
  if (files.length === 0) throw new NoTracesError(`There are no traces in ${path}.`)
  return files
}

function unreadable(name: string, error: z.ZodError | undefined): Trace {
  const faults = error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []
  return { kind: 'unreadable', name, faults }
}
