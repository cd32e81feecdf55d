import { useEffect, useLayoutEffect } from 'preact/hooks'
import type { Chat } from '../chat/chat.ts'

/** The conversation that the address of the page names, after the `#`. */
export function addressedThread(): string | undefined {
  return decodeURIComponent(location.hash.slice(1)) || undefined
}

/** Keeps the address and the open conversation the same: reload, Back and links work. */
export function useAddress(chat: Chat, openId: string | undefined): void {
  // With what is shown, and not after it: a new entry that comes later would stop a Back on its way.
  useLayoutEffect(() => {
    if (addressedThread() === openId) return
    const { pathname, search } = location
    history.pushState(null, '', openId === undefined ? pathname + search : `#${openId}`)
  }, [openId])
  useEffect(() => {
    const follow = (): void => {
      const threadId = addressedThread()
      if (threadId === undefined) chat.startNew()
      else void chat.open(threadId)
    }
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [chat])
}
