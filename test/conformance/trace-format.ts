import { z } from 'zod'
import { isObject } from './json.ts'
import { AgentEntry, Item, ServerEntry, SyncEntry, scriptOf } from './script-format.ts'

// The format of the traces, key by key: what is not written down here is a fault of the trace, so
// that nothing in it can be passed over.

const Outcome = z.enum(['ended', 'truncated', 'cancelled'])
const Rows = z.array(z.unknown())
/** Sent as it is: what a request may say is the service's to judge. */
const Request = z.looseObject({ type: z.string() })

const stream = {
  events: z.array(z.unknown()),
  outcome: Outcome.default('ended'),
  reference_raised: z.string().optional(),
}
const Stream = z.strictObject({ kind: z.literal('stream'), ...stream })
const Json = z.strictObject({
  kind: z.literal('json'),
  body: z.unknown(),
  reference_raised: z.string().optional(),
})
const Failure = z.strictObject({
  kind: z.literal('failure'),
  status: z.union([z.int().min(400).max(499), z.literal('4xx')]).default('4xx'),
  reference_raised: z.string().optional(),
})
const Unspecified = z.strictObject({ kind: z.literal('unspecified') })

/** One way in which a request may be answered. */
const Answer = z.discriminatedUnion('kind', [Stream, Json, Failure])
export type ExpectedAnswer = z.infer<typeof Answer>

const OneOf = z.strictObject({ kind: z.literal('one_of'), of: z.array(Answer).min(1) })
const Hardened = z.discriminatedUnion('kind', [Stream, Json, Failure, Unspecified, OneOf])
export type Expected = z.infer<typeof Hardened>

const HardenedRows = z.union([z.literal('unspecified'), Rows])

/** What an application is told, by the hook that is told it. */
const Call = z.looseObject({
  hook: z.enum([
    'respond',
    'action',
    'sync_action',
    'add_feedback',
    'transcribe',
    'create_attachment',
    'delete_attachment',
  ]),
})

const Step = z
  .strictObject({
    request: Request,
    cancel_after: z.int().positive().optional(),
    expect: Answer,
    calls: z.array(Call).default([]),
    hardened: Hardened.optional(),
  })
  .refine(
    ({ expect, cancel_after: after }) =>
      (after !== undefined) === (expect.kind === 'stream' && expect.outcome === 'cancelled'),
    'cancel_after belongs to the outcome cancelled, and the other way round',
  )
export type ServerStep = z.infer<typeof Step>

export const AttachmentFields = z.strictObject({
  upload_descriptor: z
    .strictObject({
      url: z.string(),
      method: z.enum(['POST', 'PUT']),
      headers: z.record(z.string(), z.string()).default({}),
    })
    .optional(),
  preview_url: z.string().optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
})
export type AttachmentFields = z.infer<typeof AttachmentFields>

const about = { name: z.string(), about: z.string().optional(), deviation: z.string().optional() }

export const ServerTrace = z.strictObject({
  ...about,
  app: z
    .strictObject({
      allow_cancel: z.boolean().optional(),
      transcript: z.string().optional(),
      attachments: AttachmentFields.optional(),
    })
    .default({}),
  respond: scriptOf(ServerEntry).optional(),
  action: scriptOf(ServerEntry).optional(),
  sync_action: scriptOf(SyncEntry)
    .refine(
      (script) => script.kind === 'per call' || script.entries.length <= 1,
      'an action that is answered at once has one entry',
    )
    .refine(
      (script) => script.kind === 'same' || script.lists.every((list) => list.length <= 1),
      'an action that is answered at once has one entry for each call',
    )
    .optional(),
  steps: z.array(Step).min(1),
  stored: Rows,
  stored_threads: Rows.optional(),
  stored_more: z.record(z.string(), Rows).optional(),
  stored_attachments: Rows.optional(),
  hardened_stored: HardenedRows.optional(),
})
export type ServerTrace = z.infer<typeof ServerTrace>

const Case = z
  .strictObject({
    why: z.string(),
    body: z.unknown().optional(),
    text: z.string().optional(),
    base64: z.base64().optional(),
    verdict: z.enum(['accept', 'reject']),
    at: z.string().optional(),
    canonical: z.looseObject({ type: z.string(), params: z.looseObject({}) }).optional(),
    hardened: z.enum(['reject', 'either', 'cap']).optional(),
  })
  .refine(
    (one) => ['body', 'text', 'base64'].filter((key) => key in one).length === 1,
    'a case has exactly one of body, text and base64',
  )
export type RequestCase = z.infer<typeof Case>

export const RequestTrace = z.strictObject({ operation: z.string(), cases: z.array(Case).min(1) })
export type RequestTrace = z.infer<typeof RequestTrace>

const withKind = (value: unknown) =>
  typeof value === 'object' && value !== null && !('kind' in value)
    ? { kind: 'stream', ...value }
    : value
const BridgeAnswer = z.preprocess(withKind, Stream)
const BridgeHardened = z.preprocess(
  withKind,
  z.discriminatedUnion('kind', [
    Stream,
    Unspecified,
    z.strictObject({ kind: z.literal('one_of'), of: z.array(BridgeAnswer).min(1) }),
  ]),
)

/** What the upstream does in one call, step by step. */
const UpstreamStep = z.union(
  [
    z.strictObject({ $pause_ms: z.number().nonnegative() }),
    z.strictObject({ $cut: z.literal(true) }),
    z.strictObject({ $status: z.int().min(400).max(599), body: z.unknown() }),
    z.looseObject({ type: z.string() }),
  ],
  { error: 'unknown entry of an upstream: an event, $pause_ms, $cut or $status' },
)
export type UpstreamStep = z.infer<typeof UpstreamStep>

/** The script of what an application does before the run of its agent. */
export const BEFORE_RUN = 'before_run'

const Bridge = z
  .strictObject({
    ...about,
    history: z.array(Item).optional(),
    request: Request,
    tools: z.array(z.strictObject({ name: z.string(), output: z.unknown() })).default([]),
    stop_at: z.array(z.string()).default([]),
    context_script: z.record(z.string(), scriptOf(AgentEntry)).default({}),
    guardrails: z
      .strictObject({
        input: z.strictObject({ trips_after_ms: z.number().nonnegative() }).optional(),
        output: z.strictObject({}).optional(),
      })
      .default({}),
    item_converter: z
      .strictObject({ tag_prefix: z.string().optional(), attachment_prefix: z.string().optional() })
      .default({}),
    stream_converter: z
      .strictObject({
        partial_images: z.int().nonnegative().optional(),
        image_base_url: z.string().optional(),
      })
      .default({}),
    max_turns: z.int().positive().optional(),
    upstream: z.array(
      z
        .array(UpstreamStep)
        .refine(
          (steps) => steps.length === 1 || !steps.some((step) => '$status' in step),
          '$status stands alone',
        ),
    ),
    expect: z.strictObject({
      kind: z.literal('stream').default('stream'),
      ...stream,
      stored: Rows,
    }),
    hardened: BridgeHardened.optional(),
    following: z
      .array(
        z.strictObject({
          request: Request,
          expect: BridgeAnswer,
          hardened: BridgeHardened.optional(),
        }),
      )
      .default([]),
    model_input: z.array(z.array(z.unknown())),
    stored_in_any_order: z.boolean().default(false),
    hardened_stored: HardenedRows.optional(),
  })
  .superRefine(({ tools, stop_at, context_script }, context) => {
    const known = new Set(tools.map(({ name }) => name))
    const unknown = [...stop_at, ...Object.keys(context_script)].filter(
      (name) => name !== BEFORE_RUN && !known.has(name),
    )
    for (const name of unknown) context.addIssue(`there is no tool ${name}`)
  })

/** Requests that follow are under `then` in the file; an object with that key could be awaited. */
export const BridgeTrace = z.preprocess((value) => {
  if (!isObject(value)) return value
  const { then: following, ...rest } = value
  return following === undefined ? rest : { ...rest, following }
}, Bridge)
export type BridgeTrace = z.infer<typeof Bridge>
