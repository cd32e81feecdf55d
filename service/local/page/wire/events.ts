import { Annotation, Item, Picture, Task, TextPart, WidgetNode } from './items.ts'
import { Thread } from './pages.ts'
import { z } from './zod.ts'

const index = z.int().nonnegative()

const Update = z.discriminatedUnion('type', [
  z.object({
    type: z.enum(['assistant_message.content_part.added', 'assistant_message.content_part.done']),
    content_index: index,
    content: TextPart,
  }),
  z.object({
    type: z.literal('assistant_message.content_part.text_delta'),
    content_index: index,
    delta: z.string(),
  }),
  z.object({
    type: z.literal('assistant_message.content_part.annotation_added'),
    content_index: index,
    annotation_index: index,
    annotation: Annotation,
  }),
  z.object({
    type: z.literal('widget.streaming_text.value_delta'),
    component_id: z.string(),
    delta: z.string(),
    done: z.boolean().default(false),
  }),
  z.object({ type: z.literal('widget.root.updated'), widget: WidgetNode }),
  z.object({
    type: z.literal('widget.component.updated'),
    component_id: z.string(),
    component: WidgetNode,
  }),
  z.object({
    type: z.enum(['workflow.task.added', 'workflow.task.updated']),
    task_index: index,
    task: Task,
  }),
  z.object({
    type: z.literal('generated_image.updated'),
    image: Picture,
    progress: z.number().optional(),
  }),
])
export type Update = z.infer<typeof Update>

const NoticeLevel = z.enum(['info', 'warning', 'danger']).catch('info')

/** One event of an answer. An event that does not parse is newer than this page: pass it over. */
export const ThreadEvent = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['thread.created', 'thread.updated']), thread: Thread }),
  z.object({
    type: z.enum(['thread.item.added', 'thread.item.done', 'thread.item.replaced']),
    item: Item,
  }),
  z.object({ type: z.literal('thread.item.updated'), item_id: z.string(), update: Update }),
  z.object({ type: z.literal('thread.item.removed'), item_id: z.string() }),
  z.object({
    type: z.literal('stream_options'),
    stream_options: z.object({ allow_cancel: z.boolean() }),
  }),
  z.object({
    type: z.literal('progress_update'),
    text: z.string(),
    icon: z.string().optional(),
  }),
  z.object({
    type: z.literal('client_effect'),
    name: z.string(),
    data: z.record(z.string(), z.unknown()).default({}),
  }),
  z.object({
    type: z.literal('notice'),
    level: NoticeLevel,
    title: z.string().optional(),
    message: z.string(),
  }),
  z.object({
    type: z.literal('error'),
    code: z.string().default('custom'),
    message: z.string().optional(),
    allow_retry: z.boolean().default(false),
  }),
])
export type ThreadEvent = z.infer<typeof ThreadEvent>
