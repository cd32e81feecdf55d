import { z } from 'zod'
import { FileSource, UrlSource } from './annotations.ts'
import { optional, withDefault } from './optional.ts'

const status = { status_indicator: withDefault(z.enum(['none', 'loading', 'complete']), 'none') }
const title = { title: optional(z.string()) }

/** One step of the assistant's work, as the user sees it. */
export const Task = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('custom'),
    ...status,
    ...title,
    icon: optional(z.string()),
    content: optional(z.string()),
  }),
  z.object({
    type: z.literal('web_search'),
    ...status,
    ...title,
    title_query: optional(z.string()),
    queries: withDefault(z.array(z.string()), []),
    sources: withDefault(z.array(UrlSource), []),
  }),
  z.object({ type: z.literal('thought'), ...status, ...title, content: z.string() }),
  z.object({
    type: z.literal('file'),
    ...status,
    ...title,
    sources: withDefault(z.array(FileSource), []),
  }),
  z.object({ type: z.literal('image'), ...status, ...title }),
])
export type Task = z.infer<typeof Task>
export type TaskInput = z.input<typeof Task>

const Summary = z.union([
  z.object({ title: z.string(), icon: optional(z.string()) }),
  z.object({ duration: z.int() }),
])

/** A list of tasks under one heading; `duration` is in seconds. */
export const Workflow = z.object({
  type: z.enum(['custom', 'reasoning']),
  tasks: withDefault(z.array(Task), []),
  summary: optional(Summary),
  expanded: withDefault(z.boolean(), false),
})
export type Workflow = z.infer<typeof Workflow>
export type WorkflowInput = z.input<typeof Workflow>
