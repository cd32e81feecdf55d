import { z } from 'zod'
import { optional } from '../protocol/optional.ts'
import { storableJson, storableText } from '../protocol/text.ts'
import { IdInput } from '../protocol/user-message-input.ts'

const ACTION_TYPE_LENGTH_MAX = 200
const PAYLOAD_LENGTH_MAX = 200_000

const Payload = z
  .unknown()
  .refine(
    (payload) => (JSON.stringify(payload) ?? '').length <= PAYLOAD_LENGTH_MAX,
    `at most ${PAYLOAD_LENGTH_MAX} characters of JSON`,
  )
  .transform((payload) => (payload === undefined ? undefined : storableJson(payload)))

/** The parameters of an action: of a widget, or of the page, which names no item. */
export const actionParams = {
  thread_id: IdInput,
  item_id: optional(IdInput),
  action: z.object({
    type: z.string().max(ACTION_TYPE_LENGTH_MAX).transform(storableText),
    payload: optional(Payload),
  }),
}
