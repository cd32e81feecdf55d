import { z } from 'zod'
import { ServiceError } from '../../errors.ts'
import type { RunUsage } from '../../protocol/chat.ts'
import { CHARACTERS_PER_TOKEN, isTokenCount } from '../../store/usage.ts'
import { jsonOperation } from '../operation.ts'

const MIME_TYPE_LENGTH_MAX = 200
const NOTHING: RunUsage = { inputTokens: 0, outputTokens: 0 }

/** Asks for the text of what was spoken. How long it may be is a matter of the request's size. */
const InputTranscribe = z.object({
  type: z.literal('input.transcribe'),
  params: z.object({
    audio_base64: z.base64().min(1),
    mime_type: z
      .string()
      .max(MIME_TYPE_LENGTH_MAX)
      .regex(
        /^audio\/[\w.+-]+\s*(;[\x20-\x7e]*)?$/i,
        'must be a type of audio, such as audio/webm',
      ),
  }),
})

/** Three kilobytes a second, which is little for a browser, and ten tokens for each. */
const BYTES_PER_TOKEN = 300

export const inputTranscribe = jsonOperation(InputTranscribe, async ({ params }, call) => {
  const { application, context } = call
  if (!application.transcribe) throw new ServiceError('operation_not_offered')
  const { audio_base64: base64, mime_type: mimeType } = params
  const mediaType = mimeType.replace(/\s*;.*$/, '')
  const bytes = Buffer.from(base64, 'base64')
  const estimate = { inputTokens: Math.ceil(bytes.length / BYTES_PER_TOKEN), outputTokens: 0 }
  const { allowance } = call.store
  const reservation = await allowance.reserve(context, call.quotaFor(context), estimate)
  try {
    const heard = await application.transcribe({ bytes, mimeType, mediaType }, context)
    const { text, usage } = typeof heard === 'string' ? { text: heard } : heard
    await allowance.settle(context, reservation, countedOr(estimate, text, usage))
    return { text }
  } catch (error) {
    // No recording, so there was nothing to hear. Whatever else failed may have been paid for.
    const isRefused = error instanceof ServiceError && error.code === 'invalid_request'
    if (isRefused) await allowance.settle(context, reservation, NOTHING)
    throw error
  }
})

/** What the model has counted, unless it cannot be. */
function countedOr(estimate: RunUsage, text: string, usage?: RunUsage): RunUsage {
  const { inputTokens, outputTokens } = usage ?? NOTHING
  const isCounted = isTokenCount(inputTokens) && isTokenCount(outputTokens) && inputTokens > 0
  if (isCounted) return { inputTokens, outputTokens }
  return { ...estimate, outputTokens: Math.ceil(text.length / CHARACTERS_PER_TOKEN) }
}
