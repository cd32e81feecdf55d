import type { Item, ItemOf } from '../wire/items.ts'

/** A message of the user and everything that answered it. Either half may be missing. */
export interface Turn {
  readonly key: string
  readonly question: ItemOf<'user_message'> | undefined
  readonly answer: readonly Item[]
}

/** Groups items, oldest first, into turns: a user message begins one, and so does an end mark. */
export function turnsOf(items: readonly Item[]): Turn[] {
  const turns: Turn[] = []
  let question: Turn['question']
  let answer: Item[] = []
  const close = (): void => {
    const key = question?.id ?? answer[0]?.id
    if (key !== undefined) turns.push({ key, question, answer })
    question = undefined
    answer = []
  }
  for (const item of items) {
    if (item.type === 'user_message') {
      close()
      question = item
    } else if (item.type === 'end_of_turn') {
      close()
    } else if (item.type !== 'other') {
      answer.push(item)
    }
  }
  close()
  return turns
}

/** The words of an answer as plain text: for the clipboard, and to be read aloud. */
export function textOf(items: readonly Item[]): string {
  return items
    .flatMap((item) => {
      if (item.type === 'assistant_message') return item.content.map((part) => part.text)
      if (item.type === 'widget') return item.copy_text ?? []
      return []
    })
    .join('\n\n')
}
