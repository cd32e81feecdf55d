import type { ComponentChildren, JSX } from 'preact'
import type { ConversationSession } from '../chat/conversation-session.ts'
import type { Conversation, Progress } from '../chat/conversation.ts'
import { textOf, type Turn } from '../chat/turns.ts'
import type { ItemOf } from '../wire/items.ts'
import { AnswerItem } from './answer-item.tsx'
import { Icon, iconNamed, type IconName } from './icons.tsx'
import { CopyButton } from './markdown-text.tsx'
import { SentAttachments } from './sent-attachments.tsx'

interface TurnProps {
  readonly turn: Turn
  readonly isLast: boolean
  readonly state: Conversation
  readonly session: ConversationSession
}

/** A message and its answer. The line below the answer keeps its height, so that nothing jumps. */
export function TurnView({ turn, isLast, state, session }: TurnProps): JSX.Element {
  const live = isLast && state.phase === 'answering'
  const isUnanswered = turn.answer.length === 0 && isLast && state.phase === 'idle'
  return (
    <>
      {turn.question && <UserMessage message={turn.question} />}
      {isUnanswered && (
        <div class="answer">
          <AnswerActions turn={turn} isLast={isLast} state={state} session={session} />
        </div>
      )}
      {(turn.answer.length > 0 || live) && (
        <article class="answer" data-role="assistant" aria-label="Assistant" aria-busy={live}>
          {turn.answer.map((item) => (
            <AnswerItem
              key={item.id}
              item={item}
              live={state.unfinished.has(item.id)}
              busy={state.phase === 'answering'}
              session={session}
            />
          ))}
          {live ? (
            <ProgressLine progress={state.progress} />
          ) : (
            <AnswerActions turn={turn} isLast={isLast} state={state} session={session} />
          )}
        </article>
      )}
    </>
  )
}

/** What the user said; `children` stands in for a message the server has not confirmed yet. */
export function UserBubble({ children }: { children: ComponentChildren }): JSX.Element {
  return (
    <article class="question" data-role="user" aria-label="You">
      {children}
    </article>
  )
}

/** A sign of life, in words where the server gave some. */
export function ProgressLine({ progress }: { progress: Progress | undefined }): JSX.Element {
  const icon = iconNamed(progress?.icon)
  return (
    <div class="answer-foot progress" aria-hidden="true">
      {icon ? <Icon name={icon} size={16} /> : <span class="pulse" />}
      {progress && <span class="shimmer">{progress.text}</span>}
    </div>
  )
}

function UserMessage({ message }: { message: ItemOf<'user_message'> }): JSX.Element {
  const text = message.content
    .map((part) => (part.type === 'input_tag' ? `@${part.text}` : part.text))
    .join('')
  return (
    <UserBubble>
      {message.quoted_text && <blockquote>{message.quoted_text}</blockquote>}
      <SentAttachments attachments={message.attachments} />
      {text !== '' && <div class="bubble">{text}</div>}
    </UserBubble>
  )
}

function AnswerActions({ turn, isLast, state, session }: TurnProps): JSX.Element {
  const first = turn.answer[0]
  const rating = first && state.ratings.get(first.id)
  const canRetry = isLast && turn.question && !state.failure?.retryable
  return (
    <div class="answer-foot actions">
      {first && (
        <>
          <CopyButton label="Copy answer" text={textOf(turn.answer)} />
          <ActionButton
            label="Good answer"
            icon="thumb-up"
            pressed={rating === 'positive'}
            onPress={() => void session.rate(turn.answer, 'positive')}
          />
          <ActionButton
            label="Bad answer"
            icon="thumb-down"
            pressed={rating === 'negative'}
            onPress={() => void session.rate(turn.answer, 'negative')}
          />
        </>
      )}
      {canRetry && (
        <ActionButton label="Retry" icon="reload" onPress={() => void session.retry()} />
      )}
    </div>
  )
}

interface ActionButtonProps {
  readonly label: string
  readonly icon: IconName
  readonly pressed?: boolean
  readonly onPress: () => void
}

/** A button that is a picture, with its name for everybody who needs it in words. */
export function ActionButton({ label, icon, pressed, onPress }: ActionButtonProps): JSX.Element {
  return (
    <button
      type="button"
      class="icon-button"
      title={label}
      aria-label={label}
      {...(pressed !== undefined && { 'aria-pressed': pressed })}
      onClick={onPress}
    >
      <Icon name={icon} size={16} />
    </button>
  )
}
