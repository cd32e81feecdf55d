// What the server takes, the smallest first.
const TYPES = ['audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/mp4']
const BITS_PER_SECOND = 24_000
// Against a microphone that somebody forgot.
const MS_MAX = 5 * 60_000

/** Speech that is being recorded. */
export interface Recording {
  /** Ends it. Resolves to the whole of it as base64, with its type. */
  stop(): Promise<{ readonly audioBase64: string; readonly mimeType: string }>
}

/**
 * Asks for the microphone and begins to record. `onEnd` is called when the time is up. Throws when
 * the user or the machine does not let it.
 */
export async function record(onEnd: () => void): Promise<Recording> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
  const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type))
  const recorder = new MediaRecorder(stream, {
    audioBitsPerSecond: BITS_PER_SECOND,
    ...(mimeType !== undefined && { mimeType }),
  })
  const parts: Blob[] = []
  const ended = Promise.withResolvers<void>()
  recorder.addEventListener('dataavailable', ({ data }) => parts.push(data))
  recorder.addEventListener('stop', () => ended.resolve())
  const timer = setTimeout(onEnd, MS_MAX)
  recorder.start()
  return {
    async stop() {
      clearTimeout(timer)
      if (recorder.state !== 'inactive') recorder.stop()
      await ended.promise
      for (const track of stream.getTracks()) track.stop()
      const bytes = new Uint8Array(await new Blob(parts).arrayBuffer())
      return { audioBase64: base64Of(bytes), mimeType: recorder.mimeType }
    },
  }
}

function base64Of(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}
