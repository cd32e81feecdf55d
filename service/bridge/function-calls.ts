import type { RunItemStreamEvent } from '@openai/agents'
import type { BrowserCall } from '../protocol/chat.ts'

/** The calls of our own tools. One that the provider hosts is part of the model's own answer. */
export class FunctionCalls {
  readonly #atWork = new Set<string>()
  readonly #idOf = new Map<string, string>()
  #lastId: string | undefined

  /** Whether a tool is at work, as far as has been read. */
  get areAtWork(): boolean {
    return this.#atWork.size > 0
  }

  note({ name, item }: RunItemStreamEvent): void {
    const { rawItem } = item
    if (!rawItem || !('callId' in rawItem) || typeof rawItem.callId !== 'string') return
    if (name === 'tool_called' && rawItem.type === 'function_call') {
      this.#atWork.add(rawItem.callId)
      this.#idOf.set(rawItem.name, rawItem.callId)
      this.#lastId = rawItem.callId
    }
    if (name === 'tool_output') this.#atWork.delete(rawItem.callId)
  }

  /** The model goes on, so the tools have returned. */
  endTurn(): void {
    this.#atWork.clear()
  }

  /** The model's id of the call that asked for the browser, as well as names can tell. */
  idFor({ name, callId }: BrowserCall): string | undefined {
    return callId ?? this.#idOf.get(name) ?? this.#lastId
  }
}
