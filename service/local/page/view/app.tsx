import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Chat } from '../chat/chat.ts'
import { followAnswer } from '../chat/follow.ts'
import type { LocalConfig } from '../wire/pages.ts'
import { useAddress } from './address.ts'
import { Composer } from './composer.tsx'
import { Head } from './head.tsx'
import { Messages } from './messages.tsx'
import { useEscape, useKeptFresh } from './page-hooks.ts'
import { rememberUser } from './remembered-user.ts'
import { Sidebar } from './sidebar.tsx'
import { useFileDrop } from './use-file-drop.ts'
import { useStore } from './use-store.ts'

interface AppProps {
  readonly chat: Chat
  readonly config: LocalConfig
}

/**
 * The whole page. It can be worked by role and name:
 * - textbox "Message", buttons "Send" and "Stop" (one at a time, in the same place), "Attach files"
 *   and "Dictate" / "Stop dictating"; list "Attachments" with a button "Remove <name>" for each
 * - navigation "Conversations" with a link per conversation (`aria-current="page"` on the open
 *   one) and buttons "Rename <title>" and "Delete <title>"; textbox "New title" while renaming;
 *   dialog "Delete conversation?" with buttons "Cancel" and "Delete"
 * - buttons "New conversation", "Open conversations" (narrow screens only), "Theme: <theme>";
 *   combobox "User"
 * - log "Messages" with articles "You" (`data-role="user"`) and "Assistant"
 *   (`data-role="assistant"`, `aria-busy` while it grows); in an answer buttons "Copy answer",
 *   "Good answer", "Bad answer" (`aria-pressed`) and, in the last one, "Retry"
 * - alert with the words of a failure, with the button "Retry" when a retry may help; status for a
 *   notice. A finished answer is also in an unseen status, so look for its words inside the log
 */
export function App({ chat, config }: AppProps): JSX.Element {
  const state = useStore(chat.state)
  const session = state.open
  const conversation = useStore(session.state)
  const [drawerOpen, setDrawerOpen] = useState(false)
  const sidebar = useRef<HTMLElement>(null)
  const drop = useFileDrop(session.uploads)
  useAddress(chat, conversation.threadId)
  useEffect(() => {
    if (drawerOpen) sidebar.current?.querySelector('button')?.focus()
  }, [drawerOpen])
  useKeptFresh(chat)
  useEscape(() => (drawerOpen ? setDrawerOpen(false) : session.stop()))
  useEffect(() => {
    if (conversation.phase !== 'idle' || conversation.endSeen) return undefined
    const leave = new AbortController()
    void followAnswer(session, leave.signal)
    return () => leave.abort()
  }, [session, conversation.phase])
  const switchUser = (user: string): void => {
    rememberUser(user)
    void chat.switchUser(user)
  }
  return (
    <div class="page" data-drawer={drawerOpen ? 'open' : 'closed'}>
      <aside class="sidebar" ref={sidebar}>
        <Sidebar
          chat={chat}
          state={state}
          openId={conversation.threadId}
          users={config.users}
          onSwitchUser={switchUser}
          onChosen={() => setDrawerOpen(false)}
        />
      </aside>
      <div class="curtain" onClick={() => setDrawerOpen(false)} />
      <main inert={drawerOpen} {...drop.handlers}>
        <Head title={conversation.title} config={config} onMenu={() => setDrawerOpen(true)} />
        <Messages key={session} session={session} state={conversation} />
        <Composer session={session} state={conversation} canDictate={config.dictation} />
        {drop.isOver && <p class="drop-note">Drop files here to attach them</p>}
      </main>
    </div>
  )
}
