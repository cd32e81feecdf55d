import type { RefObject } from 'preact'
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'

// Closer to the end than this counts as being there.
const NEAR_PX = 40

interface PinnedScroll {
  readonly scroller: RefObject<HTMLDivElement | null>
  readonly content: RefObject<HTMLDivElement | null>
  readonly pinned: boolean
  readonly toEnd: () => void
}

/** Keeps a scrolled box at its end while its content grows, unless the reader scrolled away. */
export function usePinnedScroll(): PinnedScroll {
  const scroller = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const following = useRef(true)
  const [pinned, setPinned] = useState(true)
  const toEnd = useCallback(() => {
    following.current = true
    setPinned(true)
    const box = scroller.current
    if (box) box.scrollTop = box.scrollHeight
  }, [])
  useEffect(() => {
    const box = scroller.current
    const inner = content.current
    if (!box || !inner) return undefined
    let lastTop = box.scrollTop
    const onScroll = (): void => {
      const left = box.scrollHeight - box.clientHeight - box.scrollTop
      const upwards = box.scrollTop < lastTop && left > 2
      following.current = upwards ? false : left < NEAR_PX || following.current
      lastTop = box.scrollTop
      setPinned(following.current || left < NEAR_PX)
    }
    const observer = new ResizeObserver(() => {
      if (following.current) box.scrollTop = box.scrollHeight
    })
    box.addEventListener('scroll', onScroll, { passive: true })
    observer.observe(inner)
    observer.observe(box)
    return () => {
      box.removeEventListener('scroll', onScroll)
      observer.disconnect()
    }
  }, [])
  return { scroller, content, pinned, toEnd }
}
