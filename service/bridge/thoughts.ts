import type { OpenWorkflow, TaskPlace } from './open-workflow.ts'

interface GrowingThought {
  readonly source: string
  readonly place: TaskPlace
  content: string
}

/**
 * Shows what the model tells of its thinking: one task of the open workflow for each thought. The
 * first thought of a reasoning workflow grows as it comes, the others appear when they are complete.
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
    this.begin()
    const growing = this.#growing
    if (growing?.source === source) {
      growing.content += delta
      this.#workflow.updateAt(growing.place, { type: 'thought', content: growing.content })
      return
    }
    const workflow = this.#workflow.item?.workflow
    if (workflow?.type !== 'reasoning' || workflow.tasks.length > 0) return
    const { place } = this.#workflow.add({ type: 'thought', content: delta })
    this.#growing = { source, place, content: delta }
  }

  complete(source: string, content: string): void {
    const growing = this.#growing
    if (growing?.source === source) {
      this.#growing = undefined
      this.#workflow.updateAt(growing.place, { type: 'thought', content })
      return
    }
    this.begin()
    void this.#workflow.add({ type: 'thought', content }).sent
  }

  /** The next response counts its thoughts from 0 again. */
  endResponse(): void {
    this.#growing = undefined
  }
}
