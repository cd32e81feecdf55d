import { APIError, toFile } from 'openai'
import type { OpenAI } from 'openai'
import { ServiceError } from '../errors.ts'
import type { ChatAudio } from '../protocol/chat.ts'

const TIMEOUT_MS = 30_000
const RETRIES_MAX = 1

/** What a provider says of a recording that it cannot use: neither its key nor its model is wrong. */
const REFUSED_STATUSES = new Set([400, 413, 415, 422])

// The provider tells formats apart by the ending of the name.
const endings = new Map([
  ['audio/webm', 'webm'],
  ['audio/mp4', 'mp4'],
  ['audio/ogg', 'ogg'],
  ['audio/mpeg', 'mp3'],
  ['audio/wav', 'wav'],
])

const REFUSED =
  'The recording could not be read. Send speech of a second or more as WebM, MP4, Ogg, MP3 or WAV.'

/**
 * Turns speech into text with the provider's model for it, in bounded time.
 *
 * @throws ServiceError `invalid_request` for what is no recording, `model_unavailable`
 */
export function transcriber(client: OpenAI, model: string) {
  return async ({ bytes, mediaType }: ChatAudio): Promise<string> => {
    const name = `speech.${endings.get(mediaType) ?? 'webm'}`
    const file = await toFile(bytes, name, { type: mediaType })
    // All tries together end in time, however the provider spreads them.
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    try {
      const options = { timeout: TIMEOUT_MS, maxRetries: RETRIES_MAX, signal }
      const { text } = await client.audio.transcriptions.create({ file, model }, options)
      return text
    } catch (cause) {
      if (isRefused(cause)) throw new ServiceError('invalid_request', { detail: REFUSED, cause })
      throw new ServiceError('model_unavailable', { cause })
    }
  }
}

function isRefused(error: unknown): boolean {
  return (
    error instanceof APIError && error.status !== undefined && REFUSED_STATUSES.has(error.status)
  )
}
