import type { JSX, RefObject } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { ConversationSession } from '../chat/conversation-session.ts'
import type { Conversation } from '../chat/conversation.ts'
import { turnsOf } from '../chat/turns.ts'
import { Greeting } from './greeting.tsx'
import { Icon } from './icons.tsx'
import { ImageDomains } from './image-domains.ts'
import { MarkdownText } from './markdown-text.tsx'
import { ProgressLine, TurnView, UserBubble } from './turn.tsx'
import { usePinnedScroll } from './use-pinned-scroll.ts'

interface MessagesProps {
  readonly session: ConversationSession
  readonly state: Conversation
}

/** The open conversation. It follows a growing answer as long as the reader is at its end. */
export function Messages({ session, state }: MessagesProps): JSX.Element {
  const { scroller, content, pinned, toEnd } = usePinnedScroll()
  const turns = turnsOf(state.items)
  // Whoever says something wants to see it, and the answer, wherever they were reading.
  useLayoutEffect(() => {
    if (state.phase === 'answering') toEnd()
  }, [state.phase])
  const empty = turns.length === 0 && state.sending === undefined && !state.failure
  return (
    <div class="messages-frame">
      <div
        class="messages"
        ref={scroller}
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label="Messages"
      >
        <div class="column" ref={content}>
          {empty && state.phase === 'loading' && <p class="muted loading">Loading …</p>}
          {empty && state.phase === 'idle' && (
            <Greeting onPick={(text) => void session.send(text)} />
          )}
          <ImageDomains.Provider value={state.imageDomains}>
            {turns.map((turn, index) => (
              <TurnView
                key={turn.key}
                turn={turn}
                isLast={index === turns.length - 1 && state.sending === undefined}
                state={state}
                session={session}
              />
            ))}
          </ImageDomains.Provider>
          {state.sending !== undefined && (
            <>
              <UserBubble>
                {state.sending !== '' && <div class="bubble">{state.sending}</div>}
              </UserBubble>
              <div class="answer">
                <ProgressLine progress={state.progress} />
              </div>
            </>
          )}
          <Asides state={state} onRetry={() => void session.retry()} />
        </div>
      </div>
      {!pinned && (
        <button type="button" class="to-end" aria-label="Jump to the end" onClick={toEnd}>
          <Icon name="chevron-down" />
        </button>
      )}
      <Announcer phase={state.phase} content={content} />
    </div>
  )
}

/** What the server says about the conversation, and what went wrong in it. */
function Asides({ state, onRetry }: { state: Conversation; onRetry: () => void }): JSX.Element {
  const { notices, failure, phase, unknownEffects } = state
  return (
    <>
      {unknownEffects.map((name, index) => (
        <p key={index} class="tool-call aside">
          <Icon name="bolt" size={14} />
          Told this page: <code>{name}</code>
        </p>
      ))}
      {notices.map(({ level, title, message }, index) => (
        <div key={index} class="notice" data-level={level} role="status">
          <Icon name={level === 'info' ? 'info' : 'warning'} />
          <div>
            {title && <strong>{title}</strong>}
            <MarkdownText text={message} />
          </div>
        </div>
      ))}
      {failure && (
        <div class="notice" data-level="danger" role="alert">
          <Icon name="warning" />
          <div>{failure.message}</div>
          {failure.retryable && phase === 'idle' && (
            <button type="button" class="button" onClick={onRetry}>
              Retry
            </button>
          )}
        </div>
      )}
    </>
  )
}

interface AnnouncerProps {
  readonly phase: Conversation['phase']
  readonly content: RefObject<HTMLElement | null>
}

/** Reads an answer aloud once it is complete; word by word would drown everything else. */
function Announcer({ phase, content }: AnnouncerProps): JSX.Element {
  const [words, setWords] = useState('')
  const wasAnswering = useRef(false)
  useEffect(() => {
    if (phase === 'answering') setWords('The assistant is answering.')
    else if (wasAnswering.current) setWords(lastAnswerIn(content.current))
    wasAnswering.current = phase === 'answering'
  }, [phase])
  return (
    <div class="unseen" role="status" aria-live="polite">
      {words}
    </div>
  )
}

/** The last answer as it is drawn, so that no marks of Markdown are spoken. */
function lastAnswerIn(content: HTMLElement | null): string {
  const answers = content?.querySelectorAll<HTMLElement>('[data-role="assistant"]') ?? []
  return [...answers].at(-1)?.innerText ?? ''
}
