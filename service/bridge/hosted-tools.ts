import type { Task } from '../protocol/tasks.ts'
import { HostedCall } from './hosted-calls.ts'
import type { OpenWorkflow, TaskPlace } from './open-workflow.ts'
import { webAddress } from './web-address.ts'

/** Sources of one call that are shown, at most. */
const SOURCES_MAX = 50

type Status = 'loading' | 'complete' | 'none'
type CallOf<Type extends HostedCall['type']> = Extract<HostedCall, { type: Type }>

/** Shows what the provider's own tools do: each call is a task of the open workflow. */
export class HostedTools {
  readonly #workflow: OpenWorkflow
  readonly #open = new Map<number, { readonly place: TaskPlace; readonly call: HostedCall }>()

  constructor(workflow: OpenWorkflow) {
    this.#workflow = workflow
  }

  /** Shows an item of the output that has begun, if it is such a call. */
  begin(outputIndex: number, item: unknown): void {
    const { data: call } = HostedCall.safeParse(item)
    if (!call) return
    const { place } = this.#workflow.add(toTask(call, 'loading'))
    this.#open.set(outputIndex, { place, call })
  }

  finish(outputIndex: number, item: unknown): void {
    const { data: call } = HostedCall.safeParse(item)
    if (!call) return
    const begun = this.#open.get(outputIndex)
    this.#open.delete(outputIndex)
    const hasFailed = call.status === 'failed' || call.status === 'incomplete'
    const task = toTask(call, hasFailed ? 'none' : 'complete')
    if (begun) this.#workflow.updateAt(begun.place, task)
    else void this.#workflow.add(task).sent
  }

  /** Nothing looks at work any more that a careless server has not ended. */
  settle(): void {
    for (const { place, call } of this.#open.values()) {
      this.#workflow.updateAt(place, toTask(call, 'none'))
    }
  }

  endResponse(): void {
    this.settle()
    this.#open.clear()
  }
}

function toTask(call: HostedCall, status: Status): Task {
  switch (call.type) {
    case 'web_search_call':
      return fromWebSearch(call, status)
    case 'file_search_call':
      return fromFileSearch(call, status)
    case 'code_interpreter_call':
      return {
        type: 'custom',
        status_indicator: status,
        icon: 'square-code',
        title: 'Code',
        content: call.code ? fenced(call.code) : undefined,
      }
    case 'mcp_call':
      // Arguments and output stay out: they are between the model and a server of somebody else.
      return {
        type: 'custom',
        status_indicator: status,
        icon: 'bolt',
        title: [call.server_label, call.name].filter(Boolean).join(': ') || undefined,
      }
  }
}

function fromWebSearch({ action }: CallOf<'web_search_call'>, status: Status): Task {
  const queries = action?.queries ?? (action?.query ? [action.query] : [])
  const addresses = [action?.url, ...(action?.sources ?? []).map(({ url }) => url)]
  return {
    type: 'web_search',
    status_indicator: status,
    title_query: queries[0] ?? action?.pattern ?? undefined,
    queries,
    sources: addresses.flatMap(urlSource).slice(0, SOURCES_MAX),
  }
}

function fromFileSearch(call: CallOf<'file_search_call'>, status: Status): Task {
  const names = new Set((call.results ?? []).flatMap(({ filename }) => filename || []))
  const sources = Array.from(names, (filename) => ({
    type: 'file' as const,
    filename,
    title: filename,
  }))
  return {
    type: 'file',
    status_indicator: status,
    title: call.queries?.join(', ') || undefined,
    sources: sources.slice(0, SOURCES_MAX),
  }
}

function urlSource(address: string | null | undefined) {
  const url = webAddress(address)
  return url ? [{ type: 'url' as const, url: url.href, title: url.hostname }] : []
}

/** Code as Markdown, in a fence that is longer than any in the code. */
function fenced(code: string): string {
  const longest = Math.max(2, ...Array.from(code.matchAll(/`+/g), ([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}\n${code}\n${fence}`
}
