import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { Chat, ChatState, ThreadEntry } from '../chat/chat.ts'
import { groupByDay } from '../chat/group-by-day.ts'
import { DeleteDialog } from './delete-dialog.tsx'
import { Icon } from './icons.tsx'
import { switchTheme, theme, themeAfter } from './theme.ts'
import { nameOf, ThreadRow } from './thread-row.tsx'
import { useStore } from './use-store.ts'

interface SidebarProps {
  readonly chat: Chat
  readonly state: ChatState
  readonly openId: string | undefined
  readonly users: readonly string[]
  readonly onSwitchUser: (user: string) => void
  /** Called when the user chose something, so that a drawer can close. */
  readonly onChosen: () => void
}

/** Past conversations, and whose they are. */
export function Sidebar(props: SidebarProps): JSX.Element {
  const { chat, onChosen } = props
  const [doomed, setDoomed] = useState<ThreadEntry>()
  return (
    <>
      <button
        type="button"
        class="button new"
        onClick={() => {
          chat.startNew()
          onChosen()
        }}
      >
        <Icon name="plus" />
        New conversation
      </button>
      <ThreadList {...props} onDelete={setDoomed} />
      <SidebarFoot {...props} />
      {doomed && (
        <DeleteDialog
          name={nameOf(doomed)}
          onCancel={() => setDoomed(undefined)}
          onConfirm={() => {
            void chat.delete(doomed.id)
            setDoomed(undefined)
          }}
        />
      )}
    </>
  )
}

type ThreadListProps = SidebarProps & { readonly onDelete: (thread: ThreadEntry) => void }

function ThreadList(props: ThreadListProps): JSX.Element {
  const { chat, state, openId, onChosen, onDelete } = props
  const { threads, listPhase, listProblem, user } = state
  return (
    <nav aria-label="Conversations" aria-busy={listPhase === 'loading'}>
      {listProblem && (
        <p class="list-note" role="alert">
          {listProblem}
        </p>
      )}
      {listPhase === 'ready' && threads.length === 0 && !listProblem && (
        <p class="list-note">Conversations of {user} will be listed here.</p>
      )}
      {groupByDay(threads, new Date()).map((group) => (
        <section key={group.label} aria-label={group.label}>
          <h2>{group.label}</h2>
          <ul>
            {group.threads.map((thread) => (
              <ThreadRow
                key={thread.id}
                thread={thread}
                isOpen={thread.id === openId}
                onChosen={onChosen}
                onRename={(title) => void chat.rename(thread.id, title)}
                onDelete={() => onDelete(thread)}
              />
            ))}
          </ul>
        </section>
      ))}
    </nav>
  )
}

function SidebarFoot({ state, users, onSwitchUser }: SidebarProps): JSX.Element {
  const current = useStore(theme)
  const themeLabel = `Theme: ${current}`
  return (
    <footer class="sidebar-foot">
      <label>
        <Icon name="user" size={16} />
        <span class="unseen">User</span>
        <select
          value={state.user}
          aria-label="User"
          onChange={(event) => onSwitchUser(event.currentTarget.value)}
        >
          {users.map((user) => (
            <option key={user} value={user}>
              {user}
            </option>
          ))}
        </select>
      </label>
      <a href="/?ui=chatkit" title="Use the official ChatKit component (needs the internet)">
        ChatKit UI
      </a>
      <button
        type="button"
        class="icon-button"
        aria-label={themeLabel}
        title={themeLabel}
        onClick={() => switchTheme(themeAfter(current))}
      >
        <Icon name={current} />
      </button>
    </footer>
  )
}
