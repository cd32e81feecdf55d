import { z } from 'zod'
import { OutputText } from './annotations.ts'
import { FreeObject, optional, withDefault } from './optional.ts'
import { Task, Workflow } from './tasks.ts'
import { UtcTime } from './times.ts'
import { InferenceOptions, UserContent } from './user-message-input.ts'
import { WidgetJson } from './widgets.ts'

const base = { id: z.string(), thread_id: z.string(), created_at: UtcTime }

/** How the browser uploads an attachment: raw with PUT, as the form field `file` with POST. */
export const UploadDescriptor = z.object({
  url: z.string(),
  method: z.enum(['POST', 'PUT']),
  headers: withDefault(z.record(z.string(), z.string()), {}),
})
export type UploadDescriptor = z.infer<typeof UploadDescriptor>

const attachment = {
  id: z.string(),
  name: z.string(),
  mime_type: z.string(),
  upload_descriptor: optional(UploadDescriptor),
  thread_id: optional(z.string()),
}

export const Attachment = z.discriminatedUnion('type', [
  z.object({ type: z.literal('file'), ...attachment }),
  z.object({ type: z.literal('image'), ...attachment, preview_url: optional(z.string()) }),
])
export type Attachment = z.infer<typeof Attachment>

export const UserMessageItem = z.object({
  ...base,
  type: z.literal('user_message'),
  content: z.array(UserContent),
  attachments: withDefault(z.array(Attachment), []),
  quoted_text: optional(z.string()),
  inference_options: withDefault(InferenceOptions, {}),
})
export type UserMessageItem = z.infer<typeof UserMessageItem>

export const AssistantMessageItem = z.object({
  ...base,
  type: z.literal('assistant_message'),
  content: z.array(OutputText),
})
export type AssistantMessageItem = z.infer<typeof AssistantMessageItem>

/** A request to the browser: it runs the named tool and sends back what came out. */
export const ClientToolCallItem = z.object({
  ...base,
  type: z.literal('client_tool_call'),
  status: withDefault(z.enum(['pending', 'completed']), 'pending'),
  call_id: z.string(),
  name: z.string(),
  arguments: FreeObject,
  output: optional(z.unknown()),
})
export type ClientToolCallItem = z.infer<typeof ClientToolCallItem>

const question = { id: z.string(), question: z.string() }
const Answer = z.object({
  values: withDefault(z.array(z.string()), []),
  skipped: withDefault(z.boolean(), false),
})

/** A question of a form, with its answer once there is one. */
export const StructuredQuestion = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('multiple_choice'),
    ...question,
    answer: optional(Answer),
    options: z.array(z.object({ value: z.string() })),
    multiple: withDefault(z.boolean(), false),
  }),
  z.object({
    type: z.literal('freeform'),
    ...question,
    answer: optional(Answer),
    description: optional(z.string()),
  }),
])
export type StructuredQuestion = z.infer<typeof StructuredQuestion>
export type StructuredQuestionInput = z.input<typeof StructuredQuestion>

/** Questions to the user. It waits as long as it is pending, and is answered once. */
export const StructuredInputItem = z.object({
  ...base,
  type: z.literal('structured_input'),
  status: withDefault(z.enum(['pending', 'answered', 'skipped']), 'pending'),
  inputs: z.array(StructuredQuestion),
})
export type StructuredInputItem = z.infer<typeof StructuredInputItem>

export const WidgetItem = z.object({
  ...base,
  type: z.literal('widget'),
  widget: WidgetJson,
  copy_text: optional(z.string()),
})
export type WidgetItem = z.infer<typeof WidgetItem>

export const WorkflowItem = z.object({ ...base, type: z.literal('workflow'), workflow: Workflow })
export type WorkflowItem = z.infer<typeof WorkflowItem>

const GeneratedImage = z.object({ id: z.string(), url: z.string() })

/** Everything that a conversation is made of, as the wire and the database have it. */
export const ThreadItem = z.discriminatedUnion('type', [
  UserMessageItem,
  AssistantMessageItem,
  ClientToolCallItem,
  WidgetItem,
  z.object({ ...base, type: z.literal('generated_image'), image: optional(GeneratedImage) }),
  StructuredInputItem,
  z.object({ ...base, type: z.literal('task'), task: Task }),
  WorkflowItem,
  z.object({ ...base, type: z.literal('end_of_turn') }),
  z.object({ ...base, type: z.literal('hidden_context_item'), content: z.unknown() }),
  z.object({ ...base, type: z.literal('sdk_hidden_context'), content: z.string() }),
])
export type ThreadItem = z.infer<typeof ThreadItem>
/** The same as an application may write it: what has a default can be left out. */
export type ThreadItemInput = z.input<typeof ThreadItem>

/** Hidden items inform the model. No event, page or replacement ever carries one. */
export function isHidden(item: Pick<ThreadItem, 'type'>): boolean {
  return item.type === 'hidden_context_item' || item.type === 'sdk_hidden_context'
}
