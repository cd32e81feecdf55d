import { z } from 'zod'
import { ServiceError } from '../../errors.ts'
import { jsonOperation } from '../operation.ts'

const MIME_TYPE_LENGTH_MAX = 200

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

export const inputTranscribe = jsonOperation(InputTranscribe, async ({ params }, call) => {
  const { application, context } = call
  if (!application.transcribe) throw new ServiceError('operation_not_offered')
  const { audio_base64: base64, mime_type: mimeType } = params
  const mediaType = mimeType.replace(/\s*;.*$/, '')
  const bytes = Buffer.from(base64, 'base64')
  return { text: await application.transcribe({ bytes, mimeType, mediaType }, context) }
})
