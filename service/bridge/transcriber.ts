import { APIError, toFile } from 'openai'
import type { OpenAI } from 'openai'
import type { Transcription } from 'openai/resources/audio/transcriptions'
import { ServiceError } from '../errors.ts'
import type { ChatAudio, RunUsage, Transcript } from '../protocol/chat.ts'

const TIMEOUT_MS = 30_000
const RETRIES_MAX = 1
/** As the provider counts speech where it counts tokens. */
const TOKENS_PER_SECOND = 10

/**
 * What a provider says of a recording that it cannot use: neither its key nor its model is wrong.
 */
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
  return async ({ bytes, mediaType }: ChatAudio): Promise<Transcript> => {
    const name = `speech.${endings.get(mediaType) ?? 'webm'}`
    const file = await toFile(bytes, name, { type: mediaType })
    // All tries together end in time, however the provider spreads them.
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    try {
      const options = { timeout: TIMEOUT_MS, maxRetries: RETRIES_MAX, signal }
      const heard = await client.audio.transcriptions.create({ file, model }, options)
      return { text: heard.text, usage: usageOf(heard.usage) }
    } catch (cause) {
      if (isRefused(cause)) throw new ServiceError('invalid_request', { detail: REFUSED, cause })
      throw new ServiceError('model_unavailable', { cause })
    }
  }
}

/** Some models count tokens and some seconds, and a careless server may count in its own way. */
function usageOf(usage: Transcription['usage']): RunUsage | undefined {
  if (usage?.type === 'tokens') {
    return { inputTokens: usage.input_tokens, outputTokens: usage.output_tokens }
  }
  if (usage?.type !== 'duration') return undefined
  return { inputTokens: Math.ceil(usage.seconds * TOKENS_PER_SECOND), outputTokens: 0 }
}

function isRefused(error: unknown): boolean {
  return (
    error instanceof APIError && error.status !== undefined && REFUSED_STATUSES.has(error.status)
  )
}
