import { z } from 'zod'
import { Annotation, OutputText } from './annotations.ts'
import type { ApplicationEvent, ItemUpdate, ThreadStreamEvent } from './events.ts'
import { ThreadItem } from './items.ts'
import type { ThreadItemInput } from './items.ts'
import { FreeObject, optional, withDefault } from './optional.ts'
import { Task } from './tasks.ts'
import { storableJson } from './text.ts'
import { Thread, threadOnTheWire } from './thread.ts'
import { WidgetComponentJson, WidgetJson } from './widgets.ts'

const ProgressUpdate = z.object({
  type: z.literal('progress_update'),
  icon: optional(z.string()),
  text: z.string(),
})

const ClientEffect = z.object({
  type: z.literal('client_effect'),
  name: z.string(),
  data: withDefault(FreeObject, {}),
})

const Notice = z.object({
  type: z.literal('notice'),
  level: z.enum(['info', 'warning', 'danger']),
  message: z.string(),
  title: optional(z.string()),
})

const ErrorNotice = z.object({
  type: z.literal('error'),
  code: withDefault(z.string(), 'custom'),
  message: optional(z.string()),
  allow_retry: withDefault(z.boolean(), false),
})

const StreamOptions = z.object({
  type: z.literal('stream_options'),
  stream_options: z.object({ allow_cancel: z.boolean() }),
})

const RemovedItem = z.object({ type: z.literal('thread.item.removed'), item_id: z.string() })

const ImageUpdate = z.object({
  type: z.literal('generated_image.updated'),
  image: z.object({ id: z.string(), url: z.string() }),
  progress: optional(z.number()),
})

const GrowingText = z.object({
  type: z.literal('widget.streaming_text.value_delta'),
  component_id: z.string(),
  delta: z.string(),
  done: z.boolean(),
})

/** An item of the application by the same rules, and with text that the database can hold. */
export function toStorable(item: ThreadItemInput): ThreadItem {
  return ThreadItem.parse(storableJson(item))
}

/**
 * An event of the application as it goes over the wire.
 *
 * @throws ZodError that says where the event is not one
 */
export function toWire(event: ApplicationEvent): ThreadStreamEvent {
  return 'item' in event ? { ...event, item: toStorable(event.item) } : normalEvent(event)
}

type EventWithoutItem = Exclude<ApplicationEvent, { readonly item: unknown }>

/**
 * An event of the application by the rules of the wire: nulls of models gone, defaults filled in.
 * Items have their own schema. The text of a delta is all there is to it, so deltas pass as they
 * are.
 */
export function normalEvent(event: EventWithoutItem): EventWithoutItem {
  switch (event.type) {
    case 'thread.item.updated':
      return isDelta(event.update) ? event : { ...event, update: normalUpdate(event.update) }
    case 'progress_update':
      return ProgressUpdate.parse(event)
    case 'client_effect':
      return ClientEffect.parse(event)
    case 'notice':
      return Notice.parse(event)
    case 'error':
      return ErrorNotice.parse(event)
    case 'thread.created':
    case 'thread.updated':
      return { type: event.type, thread: threadOnTheWire(Thread.parse(event.thread)) }
    case 'stream_options':
      return StreamOptions.parse(event)
    default:
      // Only an author without types comes here with an event that the protocol does not have.
      return RemovedItem.parse(event)
  }
}

function isDelta(update: ItemUpdate): boolean {
  return update.type === 'assistant_message.content_part.text_delta'
}

function normalUpdate(update: ItemUpdate): ItemUpdate {
  switch (update.type) {
    case 'assistant_message.content_part.added':
    case 'assistant_message.content_part.done':
      return { ...update, content: OutputText.parse(update.content) }
    case 'assistant_message.content_part.annotation_added':
      return { ...update, annotation: Annotation.parse(update.annotation) }
    case 'widget.root.updated':
      return { ...update, widget: WidgetJson.parse(update.widget) }
    case 'widget.component.updated':
      return { ...update, component: WidgetComponentJson.parse(update.component) }
    case 'workflow.task.added':
    case 'workflow.task.updated':
      return { ...update, task: Task.parse(update.task) }
    case 'generated_image.updated':
      return ImageUpdate.parse(update)
    default:
      return GrowingText.parse(update)
  }
}
