import type { Chat } from '../protocol/chat.ts'
import type { ItemUpdate } from '../protocol/events.ts'
import { newId } from '../protocol/ids.ts'
import type { ThreadItem, WorkflowItem } from '../protocol/items.ts'
import { Task, Workflow } from '../protocol/tasks.ts'
import type { WorkflowInput } from '../protocol/tasks.ts'

const SECOND_MS = 1_000

/** Where a task stands. Its workflow may have ended since: then nothing more happens to it. */
export interface TaskPlace {
  readonly workflowId: string
  readonly index: number
}

/**
 * The one workflow of a chat that is open, if there is one.
 *
 * What is said of it is known at once and sent in its turn, so nothing here has to be awaited. The
 * tasks are never changed in place: what was sent may still be on its way.
 */
export class OpenWorkflow {
  readonly #chat: Pick<Chat, 'send' | 'thread'>
  readonly #onShown: (itemId: string) => void
  #item: WorkflowItem | undefined

  constructor(chat: Pick<Chat, 'send' | 'thread'>, onShown: (itemId: string) => void) {
    this.#chat = chat
    this.#onShown = onShown
  }

  get item(): WorkflowItem | undefined {
    return this.#item
  }

  /** Opens a workflow and ends the one before. A custom one is shown as soon as it has a task. */
  start(input: WorkflowInput): Promise<void> {
    const ended = this.end()
    this.#item = {
      type: 'workflow',
      id: newId('workflow'),
      thread_id: this.#chat.thread.id,
      created_at: new Date().toISOString(),
      workflow: Workflow.parse(input),
    }
    return isDeferred(this.#item.workflow) ? ended : this.#show(this.#item)
  }

  /** Goes on with one that is on display, or was stored when an earlier answer ended. */
  adopt(item: WorkflowItem): void {
    this.#item = item
  }

  /** Goes on with the one that the conversation ends with, before calls of the browser at most. */
  adoptLast(items: readonly ThreadItem[]): void {
    const last = items.at(-1)
    const candidate = last?.type === 'client_tool_call' ? items.at(-2) : last
    if (!this.#item && candidate?.type === 'workflow') this.#item = candidate
  }

  /** Adds a task to the open workflow, or to a new one if there is none. */
  add(task: Task): { readonly place: TaskPlace; readonly sent: Promise<void> } {
    if (!this.#item) void this.start({ type: 'custom' })
    const item = this.#open()
    const index = item.workflow.tasks.length
    const place = { workflowId: item.id, index }
    const wasDeferred = isDeferred(item.workflow)
    this.#put([...item.workflow.tasks, task])
    const sent = wasDeferred
      ? this.#show(this.#open())
      : this.#update({ type: 'workflow.task.added', task_index: index, task })
    return { place, sent }
  }

  /**
   * Puts a task in the place of an earlier one.
   *
   * @throws RangeError if there is none to replace
   */
  update(index: number, task: Task): Promise<void> {
    const count = this.#item?.workflow.tasks.length ?? 0
    if (!this.#item) throw new RangeError('no workflow is open, so none of its tasks can change')
    if (!Number.isInteger(index) || index < 0 || index >= count) {
      throw new RangeError(`the workflow has no task ${index}: it has ${count}, counted from 0`)
    }
    this.#put(this.#item.workflow.tasks.with(index, task))
    return this.#update({ type: 'workflow.task.updated', task_index: index, task })
  }

  /** Whether a task is still where it was put. */
  has({ workflowId, index }: TaskPlace): boolean {
    return this.#item?.id === workflowId && index < this.#item.workflow.tasks.length
  }

  /** The same for a task whose workflow may have ended meanwhile; then it does nothing. */
  updateAt(place: TaskPlace, task: Task): void {
    if (this.has(place)) void this.update(place.index, task)
  }

  /** Ends the open workflow, if there is one. */
  end({ summary, expanded }: Pick<WorkflowInput, 'summary' | 'expanded'> = {}): Promise<void> {
    const item = this.#item
    if (!item) return Promise.resolve()
    this.#item = undefined
    const workflow = Workflow.parse({
      ...item.workflow,
      summary: summary ?? item.workflow.summary ?? { duration: secondsSince(item.created_at) },
      expanded: expanded ?? false,
    })
    return this.#chat.send({ type: 'thread.item.done', item: { ...item, workflow } })
  }

  /** Has nothing more to do with the open workflow: somebody else has ended or removed it. */
  forget(): void {
    this.#item = undefined
  }

  /** Takes note of what the application itself sends about the open workflow. */
  note(update: ItemUpdate): void {
    const tasks = this.#item?.workflow.tasks ?? []
    if (update.type === 'workflow.task.added') {
      this.#put(tasks.toSpliced(update.task_index, 0, Task.parse(update.task)))
    }
    if (update.type === 'workflow.task.updated' && update.task_index < tasks.length) {
      this.#put(tasks.with(update.task_index, Task.parse(update.task)))
    }
  }

  #open(): WorkflowItem {
    if (!this.#item) throw new Error('no workflow is open')
    return this.#item
  }

  #put(tasks: Task[]): void {
    const item = this.#open()
    this.#item = { ...item, workflow: { ...item.workflow, tasks } }
  }

  #show(item: WorkflowItem): Promise<void> {
    this.#onShown(item.id)
    return this.#chat.send({ type: 'thread.item.added', item })
  }

  #update(update: ItemUpdate): Promise<void> {
    return this.#chat.send({ type: 'thread.item.updated', item_id: this.#open().id, update })
  }
}

function isDeferred({ type, tasks }: Workflow): boolean {
  return type === 'custom' && tasks.length === 0
}

function secondsSince(time: string): number {
  return Math.max(0, Math.floor((Date.now() - Date.parse(time)) / SECOND_MS))
}
