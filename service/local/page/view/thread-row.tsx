import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { ThreadEntry } from '../chat/chat.ts'
import { ActionButton } from './turn.tsx'

interface ThreadRowProps {
  readonly thread: ThreadEntry
  readonly isOpen: boolean
  readonly onChosen: () => void
  readonly onRename: (title: string) => void
  readonly onDelete: () => void
}

/** What a conversation is called as long as the server has no title for it. */
export function nameOf({ title }: Pick<ThreadEntry, 'title'>): string {
  return title?.trim() ? title : 'Untitled'
}

/** One conversation of the list. It is a link: its address opens it, here or in another tab. */
export function ThreadRow(props: ThreadRowProps): JSX.Element {
  const { thread, isOpen, onChosen, onRename, onDelete } = props
  const [renaming, setRenaming] = useState(false)
  const name = nameOf(thread)
  if (renaming) {
    return (
      <li>
        <TitleField
          name={name}
          onDone={(title) => {
            setRenaming(false)
            if (title !== undefined && title !== thread.title) onRename(title)
          }}
        />
      </li>
    )
  }
  return (
    <li class="thread-row">
      <a
        href={`#${thread.id}`}
        title={name}
        {...(isOpen && { 'aria-current': 'page' })}
        onClick={onChosen}
      >
        {name}
      </a>
      <span class="thread-row-actions">
        <ActionButton label={`Rename ${name}`} icon="pencil" onPress={() => setRenaming(true)} />
        <ActionButton label={`Delete ${name}`} icon="trash" onPress={onDelete} />
      </span>
    </li>
  )
}

interface TitleFieldProps {
  readonly name: string
  /** Told the new title, or nothing when the old one stays. */
  readonly onDone: (title: string | undefined) => void
}

function TitleField({ name, onDone }: TitleFieldProps): JSX.Element {
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.select(), [])
  const done = (): void => onDone(field.current?.value.trim() || undefined)
  return (
    <input
      ref={field}
      class="field title-field"
      aria-label="New title"
      defaultValue={name}
      maxLength={120}
      onBlur={done}
      onKeyDown={(event) => {
        if (event.key === 'Enter') done()
        if (event.key !== 'Escape') return
        // Escape means this field here, not the running answer.
        event.stopPropagation()
        onDone(undefined)
      }}
    />
  )
}
