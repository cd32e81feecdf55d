import { z } from 'zod'
import type { ApplicationEvent } from '../../service/protocol/events.ts'
import type { ThreadItemInput } from '../../service/protocol/items.ts'
import type { TaskInput, WorkflowInput } from '../../service/protocol/tasks.ts'
import type { WidgetRoot } from '../../service/protocol/widgets.ts'
import { isObject } from './json.ts'

/** The events of the protocol. */
export const EVENT_TYPES: ReadonlySet<unknown> = new Set([
  'thread.created',
  'thread.updated',
  'thread.item.added',
  'thread.item.updated',
  'thread.item.done',
  'thread.item.removed',
  'thread.item.replaced',
  'stream_options',
  'progress_update',
  'client_effect',
  'error',
  'notice',
])

const SHOWN_LENGTH_MAX = 120

// What a script says is taken as it stands, right or wrong: it is for the service to judge it.
const WireEvent = z.custom<ApplicationEvent>(
  (value) =>
    isObject(value) &&
    EVENT_TYPES.has(value['type']) &&
    !Object.keys(value).some((key) => key.startsWith('$')),
)
/** An item as an application or a history writes it. */
export const Item = z.custom<ThreadItemInput>((value) => hasType(value) && 'id' in value)
const Root = z.custom<WidgetRoot>(hasType)
const Workflow = z.custom<WorkflowInput>(hasType)
const Task = z.custom<TaskInput>(hasType)
const reason = {
  reason: z
    .string()
    .nullish()
    .transform((given) => given ?? undefined),
}
const Status = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('active') }),
  z.strictObject({ type: z.literal('locked'), ...reason }),
  z.strictObject({ type: z.literal('closed'), ...reason }),
])

const shared = [
  z.strictObject({ $setTitle: z.string().nullable() }),
  z.strictObject({ $setStatus: Status }),
  z.strictObject({ $setMetadata: z.record(z.string(), z.unknown()) }),
  z.strictObject({ $setAllowedImageDomains: z.array(z.string()).nullable() }),
  z.strictObject({
    $raise: z.enum(['plain', 'custom', 'stream']),
    message: z.string().optional(),
    allow_retry: z.boolean().optional(),
  }),
  z.strictObject({ $widget: Root, copy_text: z.string().nullish() }),
  z.strictObject({ $widgetStream: z.array(Root), copy_text: z.string().nullish() }),
  z.strictObject({ $wait: z.literal('forever') }),
] as const

const unknownEntry = {
  error: ({ input }: { readonly input?: unknown }) =>
    `unknown entry of a script: ${JSON.stringify(input)?.slice(0, SHOWN_LENGTH_MAX)}`,
}

/** An entry that is performed several times. */
export interface Repetition<Act> {
  readonly $repeat: number
  readonly entry: Act | Repetition<Act>
}

/** What every application can do. */
export type PlainAct = z.infer<(typeof shared)[number]> | ApplicationEvent
export type ServerEntry = PlainAct | Repetition<PlainAct>

export const ServerEntry: z.ZodType<ServerEntry> = z.lazy(() =>
  z.union([...shared, repeat(ServerEntry), WireEvent], unknownEntry),
)

const agentOnly = [
  z.strictObject({ $startWorkflow: Workflow }),
  z.strictObject({ $addWorkflowTask: Task }),
  z.strictObject({
    $updateWorkflowTask: z.strictObject({ task_index: z.int().nonnegative(), task: Task }),
  }),
  z.strictObject({
    $endWorkflow: z.strictObject({
      summary: z.custom<NonNullable<WorkflowInput['summary']>>(isObject).optional(),
      expanded: z.boolean().optional(),
    }),
  }),
  z.strictObject({
    $clientToolCall: z.strictObject({
      name: z.string(),
      arguments: z.record(z.string(), z.unknown()),
    }),
  }),
] as const

/** What an application can do that has an agent. */
export type AgentAct = PlainAct | z.infer<(typeof agentOnly)[number]>
export type AgentEntry = AgentAct | Repetition<AgentAct>

export const AgentEntry: z.ZodType<AgentEntry> = z.lazy(() =>
  z.union([...shared, ...agentOnly, repeat(AgentEntry), WireEvent], unknownEntry),
)

/** What an action that is answered at once does. */
export const SyncEntry = z.strictObject(
  { updated_item: Item.nullable(), save: z.boolean().optional() },
  unknownEntry,
)
export type SyncEntry = z.infer<typeof SyncEntry>

/** The entries for each call of a hook: the n-th call gets the n-th list. */
export type Script<Entry> =
  | { readonly kind: 'same'; readonly entries: readonly Entry[] }
  | { readonly kind: 'per call'; readonly lists: readonly (readonly Entry[])[] }

export function scriptOf<Entry>(entry: z.ZodType<Entry>) {
  const perStep = z.strictObject({ $perStep: z.array(z.array(entry)) })
  return z.unknown().transform((value, context): Script<Entry> => {
    const first: unknown = Array.isArray(value) && value.length === 1 ? value[0] : undefined
    const isPerStep = isObject(first) && '$perStep' in first
    const parsed = isPerStep ? perStep.safeParse(first) : z.array(entry).safeParse(value)
    if (!parsed.success) {
      for (const { path, message } of parsed.error.issues) {
        context.issues.push({ code: 'custom', path, message, input: value })
      }
      return z.NEVER
    }
    return '$perStep' in parsed.data
      ? { kind: 'per call', lists: parsed.data.$perStep }
      : { kind: 'same', entries: parsed.data }
  })
}

function repeat<Entry>(entry: z.ZodType<Entry>) {
  return z.strictObject({ $repeat: z.int().nonnegative(), entry })
}

function hasType(value: unknown): value is { readonly type: string } {
  return isObject(value) && typeof value['type'] === 'string'
}
