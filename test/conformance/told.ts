import { setTimeout as sleep } from 'node:timers/promises'
import type { Bindings } from './bindings.ts'
import { differences } from './differences.ts'
import { isObject } from './json.ts'
import type { JsonObject } from './json.ts'

// What is told after an answer, such as feedback, may come a moment later.
const WAIT_MS_MAX = 5_000
const POLL_MS = 10

/** What the application has been told, in order, and what it could not do. */
export class Told {
  #calls: JsonObject[] = []
  #deletion: unknown
  readonly #faults: string[] = []

  note(call: JsonObject): void {
    this.#calls.push(call)
  }

  /** A fault of the trace that was found while it was performed. */
  complain(fault: string): void {
    this.#faults.push(fault)
  }

  get faults(): readonly string[] {
    return this.#faults
  }

  /** Content that goes is told only if its attachment was to be deleted: once, however often. */
  noteDeletion(attachmentId: string): void {
    if (attachmentId !== this.#deletion) return
    this.#deletion = undefined
    this.note({ hook: 'delete_attachment', attachment_id: attachmentId })
  }

  /** Begins to listen anew, for what one request makes the application do. */
  begin({ type, params }: { readonly type: string; readonly params?: unknown }): void {
    this.#calls = []
    const isDeletion = type === 'attachments.delete' && isObject(params)
    this.#deletion = isDeletion ? params['attachment_id'] : undefined
  }

  get calls(): readonly JsonObject[] {
    return this.#calls
  }

  /** Where the calls since the last `begin` are not the recorded ones. */
  async compare(expected: readonly unknown[], bindings: Bindings): Promise<readonly string[]> {
    const deadline = Date.now() + WAIT_MS_MAX
    while (this.#calls.length < expected.length && Date.now() < deadline) await sleep(POLL_MS)
    return differences(expected, this.#calls, { bindings, path: 'calls' })
  }
}
