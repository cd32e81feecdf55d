import { z } from 'zod'
import { FreeObject, optional, withDefault } from './optional.ts'
import { storableRecord, storableText } from './text.ts'

/** Bounds of one message. A client that stays within them is never turned away for size. */
const TEXT_LENGTH_MAX = 100_000
const CONTENT_PARTS_MAX = 100
const ATTACHMENTS_MAX = 10
export const NAME_LENGTH_MAX = 1_000
export const ID_LENGTH_MAX = 200

/** An id that a client sends: bounded, since it ends up in a query. */
export const IdInput = z.string().min(1).max(ID_LENGTH_MAX).transform(storableText)

const MessageText = z.string().max(TEXT_LENGTH_MAX).transform(storableText)
const Name = z.string().max(NAME_LENGTH_MAX).transform(storableText)

/** Text, or a mention of something that the application knows by its id. */
export const UserContent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('input_text'), text: MessageText }),
  z.object({
    type: z.literal('input_tag'),
    id: Name,
    text: MessageText,
    data: FreeObject.transform(storableRecord),
    group: optional(Name),
    interactive: withDefault(z.boolean(), false),
  }),
])
export type UserContent = z.infer<typeof UserContent>

export const InferenceOptions = z.object({
  tool_choice: optional(z.object({ id: Name })),
  model: optional(Name),
})

/** What a user sends: text and mentions, attachments by id, and the choices of the composer. */
export const UserMessageInput = z.object({
  content: z.array(UserContent).max(CONTENT_PARTS_MAX),
  attachments: z.array(IdInput).max(ATTACHMENTS_MAX),
  quoted_text: optional(MessageText),
  inference_options: InferenceOptions,
})
export type UserMessageInput = z.infer<typeof UserMessageInput>
