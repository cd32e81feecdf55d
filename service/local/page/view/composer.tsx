import type { JSX, TargetedClipboardEvent, TargetedKeyboardEvent } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { ConversationSession } from '../chat/conversation-session.ts'
import { awaitsAnswers, type Conversation } from '../chat/conversation.ts'
import type { Upload } from '../chat/uploads.ts'
import { AttachButton } from './attach-button.tsx'
import { Dictation } from './dictation.tsx'
import { Icon } from './icons.tsx'
import { UploadChips } from './upload-chips.tsx'
import { useStore } from './use-store.ts'

interface ComposerProps {
  readonly session: ConversationSession
  readonly state: Conversation
  readonly canDictate: boolean
}

/**
 * Where the user writes. Enter sends, Shift+Enter begins a line. One can write during an answer.
 */
export function Composer({ session, state, canDictate }: ComposerProps): JSX.Element {
  const [text, setText] = useState('')
  const [problem, setProblem] = useState<string>()
  const uploads = useStore(session.uploads.state)
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    // On a touch screen the focus would raise the keyboard over what is to be read.
    if (matchMedia('(hover: hover)').matches) field.current?.focus()
  }, [session])
  const append = (more: string, between: string): void =>
    setText((now) => [now, more].filter(Boolean).join(between))
  // A message that did not arrive comes back, in front of what was written meanwhile.
  useEffect(() => {
    if (state.unsent !== undefined) setText((now) => [state.unsent, now].filter(Boolean).join('\n'))
  }, [state.unsent])
  useLayoutEffect(() => fitHeight(field.current), [text])

  const isWaiting = awaitsAnswers(state)
  const ready = state.phase === 'idle' && !isWaiting && isWhole(text, uploads)
  const send = (): void => {
    if (!ready) return
    setText('')
    void session.send(text.trim())
  }
  if (state.status.type !== 'active') return <ClosedNote status={state.status} />
  return (
    <form
      class="composer"
      data-waiting={isWaiting}
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <UploadChips uploads={session.uploads} list={uploads} />
      {problem !== undefined && (
        <p class="composer-problem" role="alert">
          {problem}
        </p>
      )}
      <div class="composer-row">
        <AttachButton uploads={session.uploads} disabled={isWaiting} />
        <textarea
          ref={field}
          rows={1}
          value={text}
          aria-label="Message"
          placeholder={isWaiting ? 'Answer the questions first' : 'Write a message'}
          enterkeyhint="send"
          disabled={isWaiting}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => sendOnEnter(event, send)}
          onPaste={(event) => takeFiles(event, session)}
        />
        {canDictate && !isWaiting && (
          <Dictation
            transcribe={(audio, type) => session.transcribe(audio, type)}
            onText={(said) => append(said, ' ')}
            onProblem={setProblem}
          />
        )}
        {state.phase === 'answering' && state.cancellable ? (
          <StopButton onStop={() => session.stop()} />
        ) : (
          <SendButton disabled={!ready} />
        )}
      </div>
    </form>
  )
}

/** Whether there is something to send, and all of it has arrived. */
function isWhole(text: string, uploads: readonly Upload[]): boolean {
  const isSomething = text.trim() !== '' || uploads.length > 0
  return isSomething && uploads.every(({ phase }) => phase === 'ready')
}

function sendOnEnter(event: TargetedKeyboardEvent<HTMLTextAreaElement>, send: () => void): void {
  // While an input method composes a character, Enter belongs to it.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
  event.preventDefault()
  send()
}

function takeFiles(
  event: TargetedClipboardEvent<HTMLTextAreaElement>,
  session: ConversationSession,
): void {
  const { files } = event.clipboardData ?? { files: [] }
  if (files.length === 0) return
  event.preventDefault()
  session.uploads.add(files)
}

function SendButton({ disabled }: { disabled: boolean }): JSX.Element {
  return (
    <button type="submit" class="send" aria-label="Send" title="Send (Enter)" disabled={disabled}>
      <Icon name="send" />
    </button>
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
