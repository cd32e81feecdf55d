import { useEffect, useReducer } from 'preact/hooks'
import type { Store } from '../chat/store.ts'

/** The value of a store, kept up to date. Many changes within a frame are drawn once. */
export function useStore<Value>(store: Store<Value>): Value {
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  const { value } = store
  useEffect(() => {
    let frame: number | undefined
    const schedule = (): void => {
      frame ??= requestAnimationFrame(() => {
        frame = undefined
        redraw(undefined)
      })
    }
    const unlisten = store.listen(schedule)
    // The store may have moved on between the drawing and this effect.
    if (store.value !== value) schedule()
    return () => {
      unlisten()
      if (frame !== undefined) cancelAnimationFrame(frame)
    }
    // `value` is left out on purpose: it matters for the first run with a store only.
  }, [store])
  return value
}
