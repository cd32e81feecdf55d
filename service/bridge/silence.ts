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
export function demandLife<Value>(
  source: AsyncIterable<Value>,
  { silenceMs, isBusy, onSilence }: SilenceOptions,
): AsyncIterable<Value> {
  return {
    [Symbol.asyncIterator]: () => {
      const iterator = source[Symbol.asyncIterator]()
      let giveUp: ((error: Error) => void) | undefined
      // One timer for all values, pushed ahead by each: a timer each would cost more than the rest.
      const timer = setInterval(() => {
        if (!giveUp || isBusy()) return
        clearInterval(timer)
        giveUp(new ServiceError('model_silent'))
        onSilence()
      }, silenceMs)
      const next = () => {
        timer.refresh()
        return new Promise<IteratorResult<Value>>((resolve, reject) => {
          giveUp = reject
          iterator.next().then(
            (result) => {
              giveUp = undefined
              if (result.done) clearInterval(timer)
              resolve(result)
            },
            (error: unknown) => {
              clearInterval(timer)
              reject(toError(error))
            },
          )
        })
      }
      const stop = () => {
        clearInterval(timer)
        return Promise.resolve({ done: true as const, value: undefined })
      }
      return { next, return: stop }
    },
  }
}

function toError(error: unknown): Error {
  return error instanceof Error
    ? error
    : new Error('something other than an error', { cause: error })
}
