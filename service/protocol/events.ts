import type { Annotation, OutputText } from './annotations.ts'
import type { ThreadItem, ThreadItemInput } from './items.ts'
import type { Task } from './tasks.ts'
import type { ThreadOnTheWire } from './thread.ts'
import type { WidgetComponentJson, WidgetJson } from './widgets.ts'

/** A change to an item that is on display but not done. */
export type ItemUpdate =
  | { type: 'assistant_message.content_part.added'; content_index: number; content: OutputText }
  | { type: 'assistant_message.content_part.text_delta'; content_index: number; delta: string }
  | {
      type: 'assistant_message.content_part.annotation_added'
      content_index: number
      annotation_index: number
      annotation: Annotation
    }
  | { type: 'assistant_message.content_part.done'; content_index: number; content: OutputText }
  | {
      type: 'widget.streaming_text.value_delta'
      component_id: string
      delta: string
      done: boolean
    }
  | { type: 'widget.root.updated'; widget: WidgetJson }
  | {
      type: 'widget.component.updated'
      component_id: string
      component: WidgetComponentJson
    }
  | { type: 'workflow.task.added'; task_index: number; task: Task }
  | { type: 'workflow.task.updated'; task_index: number; task: Task }
  | {
      type: 'generated_image.updated'
      image: { readonly id: string; readonly url: string }
      progress?: number | undefined
    }

export interface ItemUpdatedEvent {
  readonly type: 'thread.item.updated'
  readonly item_id: string
  readonly update: ItemUpdate
}

/** An answer in progress ended early. `allow_retry` lets the client offer another try. */
export interface ErrorEvent {
  readonly type: 'error'
  readonly code: string
  readonly message?: string | undefined
  readonly allow_retry: boolean
}

interface ItemRemovedEvent {
  readonly type: 'thread.item.removed'
  readonly item_id: string
}

type WholeItemEvent<Item> =
  | { readonly type: 'thread.item.added'; readonly item: Item }
  | { readonly type: 'thread.item.done'; readonly item: Item }
  | { readonly type: 'thread.item.replaced'; readonly item: Item }

/** The service sends these by itself; an application rarely has a reason to. */
type ThreadEvent =
  | { readonly type: 'thread.created'; readonly thread: ThreadOnTheWire }
  | { readonly type: 'thread.updated'; readonly thread: ThreadOnTheWire }

export interface StreamOptionsEvent {
  readonly type: 'stream_options'
  readonly stream_options: { readonly allow_cancel: boolean }
}

export interface ProgressEvent {
  readonly type: 'progress_update'
  readonly icon?: string | undefined
  readonly text: string
}

export interface ClientEffectEvent {
  readonly type: 'client_effect'
  readonly name: string
  readonly data: Readonly<Record<string, unknown>>
}

export interface NoticeEvent {
  readonly type: 'notice'
  readonly level: 'info' | 'warning' | 'danger'
  readonly message: string
  readonly title?: string | undefined
}

type PlainEvent =
  | ItemUpdatedEvent
  | ItemRemovedEvent
  | ProgressEvent
  | ClientEffectEvent
  | NoticeEvent
  | ErrorEvent
  | StreamOptionsEvent
  | ThreadEvent

/** What an application may send while it answers. */
export type ApplicationEvent = PlainEvent | WholeItemEvent<ThreadItemInput>

/** Everything that one streamed answer can carry. */
export type ThreadStreamEvent = PlainEvent | WholeItemEvent<ThreadItem>
