import { useState } from 'preact/hooks'
import { payloadWith, valuesAround } from './form-values.ts'
import type { Loading, NodeAction, WidgetScene } from './renderer.ts'

export interface ActionInUse {
  /** Whether what began the action is to be drawn as waiting. */
  readonly isBusy: boolean
  /** Whether nothing would happen now: no action, under way, or it would begin a second answer. */
  readonly isBlocked: boolean
  /** Does it, with the values of the form around `origin`. */
  readonly run: (origin: Element) => void
}

/**
 * An action of a node, to be run from it. `auto` is how it waits unless the server says otherwise.
 */
export function useAction(
  scene: WidgetScene,
  action: NodeAction | undefined,
  auto: Exclude<Loading, 'auto'>,
): ActionInUse {
  const [isBusy, setBusy] = useState(false)
  const wouldAnswer = action?.handler === 'server' && action.streaming
  const isBlocked = !action || isBusy || (wouldAnswer && scene.isAnswering)
  const run = (origin: Element): void => {
    if (isBlocked) return
    const loading = action.loading === 'auto' ? auto : action.loading
    const { type, handler, streaming } = action
    const payload = payloadWith(action.payload, valuesAround(origin))
    if (loading === 'self') setBusy(true)
    if (loading === 'container') scene.setBusy(true)
    void scene.act({ type, payload, handler, streaming }).finally(() => {
      setBusy(false)
      scene.setBusy(false)
    })
  }
  return { isBusy, isBlocked, run }
}
