import { useEffect, useRef } from 'preact/hooks'
import type { Chat } from '../chat/chat.ts'

/** Calls `action` on Escape, unless something closer to the key used it. */
export function useEscape(action: () => void): void {
  const latest = useRef(action)
  latest.current = action
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.isComposing) latest.current()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [])
}

/** Reads what changed elsewhere whenever the user comes back to the page. */
export function useKeptFresh(chat: Chat): void {
  useEffect(() => {
    const refresh = (): void => {
      void chat.loadList()
      // A server that is away shows in the list; the conversation stays as it is.
      chat.state.value.open.refresh().catch(() => undefined)
    }
    addEventListener('focus', refresh)
    return () => removeEventListener('focus', refresh)
  }, [chat])
}
