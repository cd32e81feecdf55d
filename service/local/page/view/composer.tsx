import type { JSX, TargetedKeyboardEvent } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { ConversationSession } from '../chat/conversation-session.ts'
import type { Conversation } from '../chat/conversation.ts'
import { Icon } from './icons.tsx'

interface ComposerProps {
  readonly session: ConversationSession
  readonly state: Conversation
}

/** Where the user writes. Enter sends, Shift+Enter begins a line. One can write during an answer. */
export function Composer({ session, state }: ComposerProps): JSX.Element {
  const [text, setText] = useState('')
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    // On a touch screen the focus would raise the keyboard over what is to be read.
    if (matchMedia('(hover: hover)').matches) field.current?.focus()
  }, [session])
  // A message that did not arrive comes back, in front of what was written meanwhile.
  useEffect(() => {
    if (state.unsent !== undefined) setText((now) => [state.unsent, now].filter(Boolean).join('\n'))
  }, [state.unsent])
  useLayoutEffect(() => fitHeight(field.current), [text])

  const ready = state.phase === 'idle' && text.trim() !== ''
  const send = (): void => {
    if (!ready) return
    setText('')
    void session.send(text.trim())
  }
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLTextAreaElement>): void => {
    // While an input method composes a character, Enter belongs to it.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    send()
  }
  if (state.status.type !== 'active') return <ClosedNote status={state.status} />
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <textarea
        ref={field}
        rows={1}
        value={text}
        aria-label="Message"
        placeholder="Write a message"
        enterkeyhint="send"
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {state.phase === 'answering' && state.cancellable ? (
        <StopButton onStop={() => session.stop()} />
      ) : (
        <button type="submit" class="send" aria-label="Send" title="Send (Enter)" disabled={!ready}>
          <Icon name="send" />
        </button>
      )}
    </form>
  )
}

function StopButton({ onStop }: { onStop: () => void }): JSX.Element {
  return (
    <button type="button" class="send" aria-label="Stop" title="Stop (Esc)" onClick={onStop}>
      <Icon name="stop" />
    </button>
  )
}

function ClosedNote({ status }: { status: Conversation['status'] }): JSX.Element {
  return (
    <p class="closed-note" role="status">
      {status.reason ?? `This conversation is ${status.type}. Nothing more can be written here.`}
    </p>
  )
}

/** As high as the text, up to what the style sheet allows. */
function fitHeight(field: HTMLTextAreaElement | null): void {
  if (!field) return
  field.style.height = 'auto'
  field.style.height = `${field.scrollHeight}px`
}
