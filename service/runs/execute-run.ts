import { ServiceError } from '../errors.ts'
import type { FailureCode } from '../errors.ts'
import { ChatError } from '../protocol/chat.ts'
import type { ErrorEvent } from '../protocol/events.ts'
import { newId } from '../protocol/ids.ts'
import type { RunOutcome } from '../store/run-ledger.ts'
import type { LiveChat } from './live-chat.ts'
import type { EndReason, Run } from './run.ts'

// Told to the model with the next question; the user never sees it.
const CANCELLED_NOTE = 'The user stopped the previous answer before it was complete.'

/** How a run ended, and what it failed with, for the log. */
export interface RunResult {
  readonly outcome: RunOutcome
  readonly error?: unknown
}

/**
 * Lets the application answer and brings the run to an end, whatever happens on the way. Text that
 * was on display stays: it becomes an item before the stream ends.
 */
export async function executeRun(
  run: Run,
  chat: LiveChat,
  respond: (chat: LiveChat) => Promise<void>,
): Promise<RunResult> {
  const result = await answer(run, chat, respond)
  await run.close()
  const { reason } = endOf(run)
  if (reason === 'lost') {
    const lost = endings.lost(run)
    run.announce(toErrorEvent(lost.error))
    run.feed.end()
    return lost
  }
  // An answer that was complete before it could be stopped was not stopped.
  const keeping = await keepAll(run, result.outcome === 'done' ? undefined : reason)
  const error = result.error ?? keeping
  if (error !== undefined) run.announce(toErrorEvent(error))
  try {
    const { outcome } = result
    const { usage } = chat
    const isOurs = await run.finish({
      outcome,
      usage,
      isEstimated: mayHaveCostMore(outcome, run, chat),
    })
    return isOurs ? { outcome, error } : endings.lost(run)
  } catch (cause) {
    // The database stayed away. The lease runs out, and another process folds up what was written.
    return { outcome: 'interrupted', error: cause }
  }
}

/** Keeps what was shown; a failure of that is returned, since the run has to end all the same. */
async function keepAll(run: Run, reason: EndReason | undefined): Promise<unknown> {
  try {
    await keepWhatWasShown(run)
    if (reason === 'cancelled') await run.keep(cancelledNote(run))
    return undefined
  } catch (error) {
    return error
  }
}

async function answer(
  run: Run,
  chat: LiveChat,
  respond: (chat: LiveChat) => Promise<void>,
): Promise<RunResult> {
  try {
    await untilAborted(run.signal, respond(chat))
    await chat.sendBrowserCall()
    await run.settle()
    return { outcome: 'done' }
  } catch (error) {
    const { reason } = endOf(run)
    if (reason === undefined) return { outcome: 'failed', error }
    return endings[reason](run)
  }
}

const endings: Record<EndReason, (run: Run) => RunResult> = {
  cancelled: () => ({ outcome: 'cancelled' }),
  draining: () => ({ outcome: 'interrupted', error: new ServiceError('run_interrupted') }),
  lost: () => ({ outcome: 'interrupted', error: new ServiceError('run_interrupted') }),
  too_long: () => ({ outcome: 'failed', error: new ServiceError('run_too_long') }),
  failed: (run) => ({ outcome: 'failed', error: run.failure }),
}

const reasons = new Set<unknown>(Object.keys(endings))

function isEndReason(value: unknown): value is EndReason {
  return reasons.has(value)
}

function endOf(run: Run): { readonly reason: EndReason | undefined } {
  const reason: unknown = run.signal.reason
  return { reason: run.signal.aborted && isEndReason(reason) ? reason : undefined }
}

/**
 * Whether the model may have read and said more than it has counted: it counts at the end of what
 * it says, and a user who could choose another end would answer for nothing.
 */
function mayHaveCostMore(outcome: RunOutcome, run: Run, { usage, isCounted }: LiveChat): boolean {
  if (outcome === 'done') return usage !== undefined && !isCounted
  return usage !== undefined || endOf(run).reason !== undefined
}

/** An application that does not hear the signal must not keep the run open. */
async function untilAborted(signal: AbortSignal, work: Promise<void>): Promise<void> {
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(new Error('the run was ended early'))
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  // Whichever of the two comes second has nobody waiting for it.
  aborted.promise.catch(() => undefined)
  work.catch(() => undefined)
  try {
    await Promise.race([work, aborted.promise])
    // Both may be settled at once, and an application may end quietly when it is told to stop.
    if (signal.aborted) throw new Error('the run was ended early')
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

async function keepWhatWasShown(run: Run): Promise<void> {
  const kept = new Set(run.pending.worthKeeping.map((item) => item.id))
  for (const item of run.pending.worthKeeping) await run.keep(item)
  for (const item of run.pending.all) if (!kept.has(item.id)) run.discard(item.id)
}

function cancelledNote(run: Run) {
  return {
    type: 'sdk_hidden_context',
    id: newId('hiddenContext'),
    thread_id: run.lease.threadId,
    created_at: new Date().toISOString(),
    content: CANCELLED_NOTE,
  } as const
}

// The client has words of its own for these, in the user's language.
const saidByTheClient = new Set<FailureCode>(['internal', 'model_unavailable', 'model_silent'])

/** What a client learns of a failure: words that were written for it, or nothing. */
export function toErrorEvent(error: unknown): ErrorEvent {
  if (error instanceof ServiceError && !saidByTheClient.has(error.code)) {
    return { type: 'error', code: 'custom', message: error.words, allow_retry: error.retry }
  }
  if (error instanceof ChatError) {
    return { type: 'error', code: 'custom', message: error.message, allow_retry: error.allowRetry }
  }
  return { type: 'error', code: 'stream.error', allow_retry: true }
}
