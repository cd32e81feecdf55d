import type { StructuredInputItem, StructuredQuestion } from '../protocol/items.ts'

export interface StructuredAnswers {
  readonly status: 'answered' | 'skipped'
  readonly answers: Readonly<
    Record<string, { readonly values: readonly string[]; readonly skipped: boolean }>
  >
}

/**
 * The form with its answers. A question without an answer, or with an empty one, counts as skipped;
 * of several answers to a question that allows one, the first counts.
 */
export function withAnswers(form: StructuredInputItem, given: StructuredAnswers) {
  return {
    ...form,
    status: given.status,
    inputs: form.inputs.map((question) => ({ ...question, answer: answerTo(question, given) })),
  } satisfies StructuredInputItem
}

function answerTo(question: StructuredQuestion, { status, answers }: StructuredAnswers) {
  // An id such as `constructor` must not find what every object has.
  const answer = Object.hasOwn(answers, question.id) ? answers[question.id] : undefined
  const isSkipped = status === 'skipped' || !answer || answer.skipped || answer.values.length === 0
  if (isSkipped) return { values: [], skipped: true }
  const isSingle = question.type === 'multiple_choice' && !question.multiple
  return { values: isSingle ? answer.values.slice(0, 1) : [...answer.values], skipped: false }
}
