import { ServiceError } from '../errors.ts'

/**
 * The values of a source, as long as it is never silent for longer than `silenceMs`. A source that
 * is gets told by `onSilence` and is not waited for: it may never answer.
 *
 * @throws ServiceError `model_silent`
 */
export async function* demandLife<Value>(
  source: AsyncIterable<Value>,
  silenceMs: number,
  onSilence: () => void,
): AsyncGenerator<Value> {
  const silence = Promise.withResolvers<never>()
  silence.promise.catch(() => undefined)
  const timer = setTimeout(() => {
    silence.reject(new ServiceError('model_silent'))
    onSilence()
  }, silenceMs)
  const iterator = source[Symbol.asyncIterator]()
  try {
    while (true) {
      const next = iterator.next()
      next.catch(() => undefined)
      const result = await Promise.race([next, silence.promise])
      if (result.done) return
      timer.refresh()
      yield result.value
    }
  } finally {
    clearTimeout(timer)
  }
}
