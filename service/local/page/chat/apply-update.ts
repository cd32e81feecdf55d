import type { Update } from '../wire/events.ts'
import type { Item, ItemOf, Task, TextPart } from '../wire/items.ts'
import { appendToNode, replaceNode } from './widget-tree.ts'

/** The item after one update. An update that is meant for another kind of item changes nothing. */
export function applyUpdate(item: Item, update: Update): Item {
  if (item.type === 'assistant_message') return withText(item, update)
  if (item.type === 'widget') return withWidget(item, update)
  if (item.type === 'workflow') return withTask(item, update)
  if (item.type === 'generated_image' && update.type === 'generated_image.updated') {
    return { ...item, image: update.image, progress: update.progress }
  }
  return item
}

function withText(item: ItemOf<'assistant_message'>, update: Update): ItemOf<'assistant_message'> {
  if (!('content_index' in update)) return item
  return withPart(item, update.content_index, (part) => {
    if ('delta' in update) return { ...part, text: part.text + update.delta }
    if ('content' in update) return update.content
    const { annotation_index: index, annotation } = update
    return { ...part, annotations: part.annotations.toSpliced(index, 0, annotation) }
  })
}

/** Changes one part. A part that was never announced is made, and so are the ones before it. */
function withPart(
  item: ItemOf<'assistant_message'>,
  index: number,
  change: (part: TextPart) => TextPart,
): ItemOf<'assistant_message'> {
  const content = [...item.content]
  while (content.length <= index) content.push({ text: '', annotations: [] })
  return { ...item, content: content.map((part, at) => (at === index ? change(part) : part)) }
}

function withWidget(item: ItemOf<'widget'>, update: Update): ItemOf<'widget'> {
  if (update.type === 'widget.root.updated') return { ...item, widget: update.widget }
  if (update.type === 'widget.component.updated') {
    return { ...item, widget: replaceNode(item.widget, update.component_id, update.component) }
  }
  if (update.type === 'widget.streaming_text.value_delta') {
    return { ...item, widget: appendToNode(item.widget, update.component_id, update) }
  }
  return item
}

function withTask(item: ItemOf<'workflow'>, update: Update): ItemOf<'workflow'> {
  if (update.type !== 'workflow.task.added' && update.type !== 'workflow.task.updated') return item
  const { task, task_index: index } = update
  const { tasks } = item.workflow
  const next: Task[] =
    update.type === 'workflow.task.added'
      ? tasks.toSpliced(index, 0, task)
      : tasks.map((each, at) => (at === index ? task : each))
  return { ...item, workflow: { ...item.workflow, tasks: next } }
}
