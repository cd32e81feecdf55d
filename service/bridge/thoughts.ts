import type { Task } from '../protocol/tasks.ts'
import type { OpenWorkflow, TaskPlace } from './open-workflow.ts'

interface GrowingThought {
  readonly source: string
  readonly place: TaskPlace
  content: string
}

/**
 * Shows what the model tells of its thinking: one task of the open workflow for each thought. The
 * first thought of a reasoning workflow grows as it comes, the others appear when they are
 * complete.
 */
export class Thoughts {
  readonly #workflow: OpenWorkflow
  #growing: GrowingThought | undefined

  constructor(workflow: OpenWorkflow) {
    this.#workflow = workflow
  }

  begin(): void {
    if (!this.#workflow.item) void this.#workflow.start({ type: 'reasoning' })
  }

  /** `source` tells the thoughts of one response apart. */
  grow(source: string, delta: string): void {
    const growing = this.#growingIn(source)
    if (growing) {
      growing.content += delta
      this.#workflow.updateAt(growing.place, thought(growing.content))
      return
    }
    this.begin()
    const workflow = this.#workflow.item?.workflow
    if (workflow?.type !== 'reasoning' || workflow.tasks.length > 0) return
    const { place } = this.#workflow.add(thought(delta))
    this.#growing = { source, place, content: delta }
  }

  complete(source: string, content: string): void {
    const growing = this.#growingIn(source)
    if (growing) {
      this.#growing = undefined
      this.#workflow.updateAt(growing.place, thought(content))
      return
    }
    this.begin()
    void this.#workflow.add(thought(content)).sent
  }

  /** The next response counts its thoughts from 0 again. */
  endResponse(): void {
    this.#growing = undefined
  }

  /** Something else may have ended the workflow while the thought grew. */
  #growingIn(source: string): GrowingThought | undefined {
    const growing = this.#growing
    return growing?.source === source && this.#workflow.has(growing.place) ? growing : undefined
  }
}

/** A thought as a task. */
export function thought(content: string): Task {
  return { type: 'thought', status_indicator: 'none', content }
}
