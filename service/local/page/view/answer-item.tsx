import type { JSX } from 'preact'
import type { ConversationSession } from '../chat/conversation-session.ts'
import type { Item } from '../wire/items.ts'
import { Widget } from '../widgets/widget.tsx'
import { Icon } from './icons.tsx'
import { MarkdownText } from './markdown-text.tsx'
import { QuestionForm } from './question-form.tsx'
import { RemoteImage } from './remote-image.tsx'
import { Sources } from './sources.tsx'
import { TaskStep, WorkflowSteps } from './workflow.tsx'

interface AnswerItemProps {
  readonly item: Item
  readonly live: boolean
  readonly busy: boolean
  readonly session: ConversationSession
}

/** One item of an answer. Items of the user and marks are drawn elsewhere or not at all. */
export function AnswerItem({ item, live, busy, session }: AnswerItemProps): JSX.Element | null {
  switch (item.type) {
    case 'assistant_message':
      return (
        <>
          {item.content.map((part, index) => (
            <MarkdownText key={index} text={part.text} />
          ))}
          <Sources
            sources={item.content.flatMap(({ annotations }) =>
              annotations.flatMap(({ source }) => source ?? []),
            )}
          />
        </>
      )
    case 'widget':
      return <Widget root={item.widget} onAction={(action) => void session.act(item.id, action)} />
    case 'workflow':
      return <WorkflowSteps workflow={item.workflow} live={live} />
    case 'task':
      return <TaskStep task={item.task} />
    case 'generated_image':
      return item.image ? (
        <RemoteImage src={item.image.url} alt="Generated picture" />
      ) : (
        <div class="picture-waiting shimmer">Making a picture …</div>
      )
    case 'structured_input':
      return (
        <QuestionForm
          item={item}
          busy={busy}
          onAnswer={(answers) => void session.answerForm(item.id, answers)}
        />
      )
    case 'client_tool_call':
      return (
        <p class="tool-call">
          <Icon name="bolt" size={14} />
          Asked this page: <code>{item.name}</code>
        </p>
      )
    case 'user_message':
    case 'end_of_turn':
    case 'other':
      break
  }
  return null
}
