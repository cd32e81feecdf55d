import { ServiceError } from '../errors.ts'

export interface SilenceOptions {
  readonly silenceMs: number
  /** Whether somebody else is at work, such as a tool: then silence is no sign of anything. */
  readonly isBusy: () => boolean
  /** Told once, when the source is given up. */
  readonly onSilence: () => void
}

/**
 * The values of a source, as long as it does not keep the reader waiting for longer than
 * `silenceMs`. The time that the reader takes for a value does not count. A source that is given up
 * is not waited for: it may never answer.
 *
 * @throws ServiceError `model_silent`
 */
export async function* demandLife<Value>(
  source: AsyncIterable<Value>,
  options: SilenceOptions,
): AsyncGenerator<Value> {
  const iterator = source[Symbol.asyncIterator]()
  while (true) {
    const result = await inTime(iterator.next(), options)
    if (result.done) return
    yield result.value
  }
}

async function inTime<Result>(
  next: Promise<Result>,
  { silenceMs, isBusy, onSilence }: SilenceOptions,
): Promise<Result> {
  const silence = Promise.withResolvers<never>()
  // Whichever of the two comes second has nobody waiting for it.
  silence.promise.catch(() => undefined)
  next.catch(() => undefined)
  const timer = setInterval(() => {
    if (isBusy()) return
    silence.reject(new ServiceError('model_silent'))
    onSilence()
  }, silenceMs)
  try {
    return await Promise.race([next, silence.promise])
  } finally {
    clearInterval(timer)
  }
}
