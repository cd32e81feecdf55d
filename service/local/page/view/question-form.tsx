import type { JSX, TargetedSubmitEvent } from 'preact'
import type { FormAnswers } from '../chat/conversation-session.ts'
import type { ItemOf, Question } from '../wire/items.ts'

interface QuestionFormProps {
  readonly item: ItemOf<'structured_input'>
  readonly busy: boolean
  readonly onAnswer: (answers: FormAnswers) => void
}

/** Questions of the assistant: a form while they are open, a list of the answers afterwards. */
export function QuestionForm({ item, busy, onAnswer }: QuestionFormProps): JSX.Element {
  if (item.status !== 'pending') return <AnsweredQuestions item={item} />
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault()
    onAnswer(answersIn(new FormData(event.currentTarget), item.inputs))
  }
  return (
    <form class="panel question-form" onSubmit={submit}>
      {item.inputs.map((question) => (
        <fieldset key={question.id} disabled={busy}>
          <legend>{question.question}</legend>
          {question.description && <p class="muted">{question.description}</p>}
          <QuestionInput question={question} />
        </fieldset>
      ))}
      <div class="row">
        <button type="submit" class="button primary" disabled={busy}>
          Answer
        </button>
        <button
          type="button"
          class="button"
          disabled={busy}
          onClick={() => onAnswer(answersIn(new FormData(), item.inputs))}
        >
          Skip
        </button>
      </div>
    </form>
  )
}

function QuestionInput({ question }: { question: Question }): JSX.Element {
  const { id, type, options, multiple } = question
  if (type === 'freeform') {
    return <textarea class="field" name={id} rows={2} aria-label={question.question} />
  }
  return (
    <>
      {options.map(({ value }) => (
        <label key={value} class="choice">
          <input type={multiple ? 'checkbox' : 'radio'} name={id} value={value} />
          {value}
        </label>
      ))}
    </>
  )
}

function AnsweredQuestions({ item }: { item: ItemOf<'structured_input'> }): JSX.Element {
  return (
    <dl class="panel answers">
      {item.inputs.map(({ id, question, answer }) => (
        <div key={id}>
          <dt>{question}</dt>
          <dd>{answer && answer.values.length > 0 ? answer.values.join(', ') : 'Skipped'}</dd>
        </div>
      ))}
    </dl>
  )
}

function answersIn(form: FormData, questions: readonly Question[]): FormAnswers {
  return Object.fromEntries(
    questions.map(({ id }) => [
      id,
      form
        .getAll(id)
        .flatMap((value) => (typeof value === 'string' ? value.trim() : []))
        .filter((value) => value !== ''),
    ]),
  )
}
