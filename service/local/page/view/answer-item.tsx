import type { JSX } from 'preact'
import type { ConversationSession } from '../chat/conversation-session.ts'
import { citationsOf, withMarks } from '../chat/citations.ts'
import type { Item, ItemOf } from '../wire/items.ts'
import { Widget } from '../widgets/widget.tsx'
import { GeneratedImage } from './generated-image.tsx'
import { Icon } from './icons.tsx'
import { MarkdownText } from './markdown-text.tsx'
import { QuestionForm } from './question-form.tsx'
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
      return <AssistantText item={item} />
    case 'widget':
      return (
        <Widget
          root={item.widget}
          isAnswering={busy}
          onAction={(action) => session.act(item.id, action)}
        />
      )
    case 'workflow':
      return <WorkflowSteps workflow={item.workflow} live={live} />
    case 'task':
      return <TaskStep task={item.task} />
    case 'generated_image':
      return <GeneratedImage item={item} live={live} />
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

/** What the assistant says, with a number where it names a source, and the sources below. */
function AssistantText({ item }: { item: ItemOf<'assistant_message'> }): JSX.Element {
  const citations = citationsOf(item.content.flatMap(({ annotations }) => annotations))
  return (
    <>
      {item.content.map(({ text, annotations }, index) => (
        <MarkdownText
          key={index}
          text={withMarks(text, annotations, citations)}
          citations={citations}
        />
      ))}
      <Sources citations={citations} numbered />
    </>
  )
}
