import { z } from './zod.ts'

const base = { id: z.string(), created_at: z.string() }

const described = {
  title: z.string().default(''),
  description: z.string().optional(),
  timestamp: z.string().optional(),
  group: z.string().optional(),
}

const Source = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('url'),
    ...described,
    url: z.string(),
    attribution: z.string().optional(),
  }),
  z.object({ type: z.literal('file'), ...described, filename: z.string() }),
  z.object({
    type: z.literal('entity'),
    ...described,
    id: z.string(),
    icon: z.string().optional(),
    label: z.string().optional(),
    inline_label: z.string().optional(),
  }),
])
export type Source = z.infer<typeof Source>

/**
 * Where an answer took something from; `index` is its place in the text. One of an unknown kind has
 * no source and is not shown.
 */
export const Annotation = z.object({
  source: Source.optional().catch(undefined),
  index: z.int().nonnegative().optional().catch(undefined),
})
export type Annotation = z.infer<typeof Annotation>

export const TextPart = z.object({
  text: z.string().default(''),
  annotations: z.array(Annotation).default([]),
})
export type TextPart = z.infer<typeof TextPart>

const InputPart = z.discriminatedUnion('type', [
  z.object({ type: z.literal('input_text'), text: z.string() }),
  z.object({ type: z.literal('input_tag'), text: z.string() }),
])

const UploadDescriptor = z.object({
  url: z.string(),
  method: z.enum(['POST', 'PUT']),
  headers: z.record(z.string(), z.string()).default({}),
})
export type UploadDescriptor = z.infer<typeof UploadDescriptor>

export const Attachment = z.object({
  id: z.string(),
  name: z.string(),
  mime_type: z.string(),
  preview_url: z.string().optional(),
  upload_descriptor: UploadDescriptor.optional().catch(undefined),
})
export type Attachment = z.infer<typeof Attachment>

/**
 * A step that the assistant shows. The kinds differ in a few fields only, so they are one shape.
 */
export const Task = z.object({
  type: z.string(),
  status_indicator: z.string().default('none'),
  title: z.string().optional(),
  title_query: z.string().optional(),
  icon: z.string().optional(),
  content: z.string().optional(),
  queries: z.array(z.string()).default([]),
  sources: z.array(Source).catch([]).default([]),
})
export type Task = z.infer<typeof Task>

const Workflow = z.object({
  type: z.string(),
  tasks: z.array(Task),
  summary: z
    .union([
      z.object({ title: z.string(), icon: z.string().optional() }),
      z.object({ duration: z.number() }),
    ])
    .optional()
    .catch(undefined),
  expanded: z.boolean().default(false),
})
export type Workflow = z.infer<typeof Workflow>

/** A node of a widget: its type, and whatever else the server says about it. */
export const WidgetNode = z.looseObject({ type: z.string() })
export type WidgetNode = z.infer<typeof WidgetNode>

export const Picture = z.object({ id: z.string(), url: z.string() })
export type Picture = z.infer<typeof Picture>

const InputAnswer = z.object({
  values: z.array(z.string()).default([]),
  skipped: z.boolean().default(false),
})

const Question = z.object({
  type: z.enum(['multiple_choice', 'freeform']),
  id: z.string(),
  question: z.string(),
  description: z.string().optional(),
  options: z.array(z.object({ value: z.string() })).default([]),
  multiple: z.boolean().default(false),
  answer: InputAnswer.optional(),
})
export type Question = z.infer<typeof Question>

const KnownItem = z.discriminatedUnion('type', [
  z.object({
    ...base,
    type: z.literal('user_message'),
    content: z.array(InputPart),
    attachments: z.array(Attachment).default([]),
    quoted_text: z.string().optional(),
  }),
  z.object({ ...base, type: z.literal('assistant_message'), content: z.array(TextPart) }),
  z.object({
    ...base,
    type: z.literal('client_tool_call'),
    status: z.enum(['pending', 'completed']),
    name: z.string(),
    arguments: z.record(z.string(), z.unknown()).default({}),
  }),
  z.object({
    ...base,
    type: z.literal('widget'),
    widget: WidgetNode,
    copy_text: z.string().optional(),
  }),
  z.object({
    ...base,
    type: z.literal('generated_image'),
    image: Picture.optional(),
    progress: z.number().optional(),
  }),
  z.object({ ...base, type: z.literal('task'), task: Task }),
  z.object({ ...base, type: z.literal('workflow'), workflow: Workflow }),
  z.object({
    ...base,
    type: z.literal('structured_input'),
    status: z.enum(['pending', 'answered', 'skipped']),
    inputs: z.array(Question),
  }),
  z.object({ ...base, type: z.literal('end_of_turn') }),
])

// An item that this page does not know still counts: its id is the cursor of the next page.
const OtherItem = z
  .object(base)
  .transform(({ id, created_at }) => ({ type: 'other' as const, id, created_at }))

/** One entry of a conversation. What the page cannot read becomes `other`, never a failure. */
export const Item = z.union([KnownItem, OtherItem])
export type Item = z.infer<typeof Item>

export type ItemOf<Type extends Item['type']> = Extract<Item, { type: Type }>
