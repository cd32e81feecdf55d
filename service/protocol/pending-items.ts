import type { ItemUpdate, ThreadStreamEvent } from './events.ts'
import type { AssistantMessageItem, ThreadItem, WidgetItem } from './items.ts'
import type { OutputText } from './annotations.ts'
import { findNode, isGrowing } from './widget-tree.ts'

/**
 * The items that are on display but not done, as far as their updates have come.
 *
 * What is in here would be lost if the answer ended now, so it is what an interrupted answer keeps.
 */
export class PendingItems {
  readonly #items = new Map<string, ThreadItem>()

  apply(event: ThreadStreamEvent): void {
    switch (event.type) {
      case 'thread.item.added':
        // A copy: the application may go on changing its own object.
        this.#items.set(event.item.id, structuredClone(event.item))
        return
      case 'thread.item.updated': {
        const item = this.#items.get(event.item_id)
        if (item) applyUpdate(item, event.update)
        return
      }
      case 'thread.item.done':
      case 'thread.item.replaced':
        this.#items.delete(event.item.id)
        return
      case 'thread.item.removed':
        this.#items.delete(event.item_id)
        return
      default:
    }
  }

  /** Leaves an item out that is taken care of in another way. */
  forget(itemId: string): void {
    this.#items.delete(itemId)
  }

  /** In the order they appeared. */
  get all(): readonly ThreadItem[] {
    return [...this.#items.values()]
  }

  /** The items worth keeping when an answer ends early: messages with more than white space. */
  get worthKeeping(): readonly AssistantMessageItem[] {
    return this.all.filter((item) => item.type === 'assistant_message').filter(hasText)
  }
}

function hasText(item: AssistantMessageItem): boolean {
  return item.content.some((part) => part.text.trim() !== '')
}

function applyUpdate(item: ThreadItem, update: ItemUpdate): void {
  if (item.type === 'assistant_message') applyToMessage(item, update)
  if (item.type === 'workflow') {
    if (update.type === 'workflow.task.added') {
      item.workflow.tasks.splice(update.task_index, 0, update.task)
    }
    if (update.type === 'workflow.task.updated')
      item.workflow.tasks[update.task_index] = update.task
  }
  if (item.type === 'generated_image' && update.type === 'generated_image.updated') {
    item.image = update.image
  }
  if (item.type === 'widget') applyToWidget(item, update)
}

function applyToWidget(item: WidgetItem, update: ItemUpdate): void {
  if (update.type === 'widget.root.updated') item.widget = structuredClone(update.widget)
  if (update.type === 'widget.streaming_text.value_delta') {
    const node = findNode(item.widget, update.component_id)
    if (node && isGrowing(node)) node.value += update.delta
  }
  if (update.type === 'widget.component.updated') {
    const node = findNode(item.widget, update.component_id)
    if (!node) return
    for (const property of Object.keys(node)) delete node[property]
    Object.assign(node, structuredClone(update.component))
  }
}

function applyToMessage(item: AssistantMessageItem, update: ItemUpdate): void {
  switch (update.type) {
    case 'assistant_message.content_part.added':
    case 'assistant_message.content_part.done':
      partAt(item, update.content_index)
      item.content[update.content_index] = structuredClone(update.content)
      return
    case 'assistant_message.content_part.text_delta':
      partAt(item, update.content_index).text += update.delta
      return
    case 'assistant_message.content_part.annotation_added':
      partAt(item, update.content_index).annotations.splice(
        update.annotation_index,
        0,
        update.annotation,
      )
      return
    default:
  }
}

/** Parts may begin out of order; the ones in between are empty until they come. */
function partAt(item: AssistantMessageItem, index: number): OutputText {
  while (item.content.length <= index) {
    item.content.push({ type: 'output_text', text: '', annotations: [] })
  }
  const part = item.content[index]
  if (!part) throw new RangeError(`a message has no part ${index}`)
  return part
}
