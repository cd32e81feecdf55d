import type { UpstreamStep } from '../../support/upstream.ts'
import { textAnswer } from '../../support/upstream.ts'

const TICKS = 120
const TICK_MS = 20

/** Numbered, so that a loss, a repetition and a swap show in every prefix. */
const ticks = Array.from({ length: TICKS }, (_, index) => `tick ${String(index).padStart(6, '0')} `)

/** What the model says to everything, in a little more than two seconds. */
export const WHOLE = ticks.join('')
export const TICK_LENGTH = WHOLE.length / TICKS

/** The same as the model's answer. */
export function countingAnswer(): UpstreamStep[] {
  return textAnswer(ticks).flatMap((step) =>
    'type' in step && step.type === 'response.output_text.delta'
      ? [{ $pauseMs: TICK_MS }, step]
      : [step],
  )
}
