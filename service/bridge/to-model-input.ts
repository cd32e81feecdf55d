import type { AgentInputItem } from '@openai/agents'
import type { ModelContent } from '../protocol/author.ts'
import type { ClientToolCallItem, StructuredQuestion, ThreadItem } from '../protocol/items.ts'
import type { Task } from '../protocol/tasks.ts'
import { withoutFiles } from './files-in-input.ts'
import { fromUserMessage } from './from-user-message.ts'
import type { Age, ModelInputParts } from './from-user-message.ts'
import { said } from './said.ts'

/** What the model is told of the past, at most. The newest is kept. */
export const HISTORY_ITEMS_MAX = 200
const HISTORY_LENGTH_MAX = 200_000
/**
 * Messages of the user whose files are told: a provider takes and charges them with every question.
 */
const MESSAGES_WITH_FILES_MAX = 5
/** What an image or a file counts for, however long its address is. */
const FILE_LENGTH = 2_000

/**
 * The conversation as the model reads it. What is too long ago to fit is left out, whole items at
 * a time, so that no call of a tool loses its outcome.
 */
export async function toModelInput(
  items: readonly ThreadItem[],
  parts: ModelInputParts,
): Promise<AgentInputItem[]> {
  const groups: (readonly AgentInputItem[])[] = []
  const newest = newestOf(items)
  let length = 0
  let messages = 0
  for (const [index, item] of [...items.entries()].toReversed()) {
    if (item.type === 'user_message') messages += 1
    const age = { isNewest: index === newest, isRecent: messages <= MESSAGES_WITH_FILES_MAX }
    const own = await parts.converters.item(item, parts.chat)
    const told = own ?? (await toInput(item, age, parts))
    const group = parts.files === 'named' ? withoutFiles(told) : told
    length += group.reduce((sum, one) => sum + lengthOf(one), 0)
    // The newest item is what the answer is about: it is never left out.
    if (length > HISTORY_LENGTH_MAX && groups.length > 0) break
    groups.unshift(group)
  }
  return groups.flat()
}

/** The message that is being answered, perhaps after the browser or a form has been asked. */
function newestOf(items: readonly ThreadItem[]): number {
  const index = items.findLastIndex(({ type }) => type === 'user_message')
  return items.findLastIndex(({ type }) => type === 'assistant_message') > index ? -1 : index
}

function lengthOf(input: AgentInputItem): number {
  let files = 0
  const text = JSON.stringify(input, (key, value: unknown) => {
    if (key !== 'image' && key !== 'file') return value
    files += 1
    return undefined
  })
  return text.length + files * FILE_LENGTH
}

function toInput(
  item: ThreadItem,
  age: Age,
  parts: ModelInputParts,
): AgentInputItem[] | Promise<AgentInputItem[]> {
  switch (item.type) {
    case 'user_message':
      return fromUserMessage(item, age, parts)
    case 'assistant_message':
      return [
        {
          role: 'assistant',
          status: 'completed',
          content: item.content.map(({ text }) => ({ type: 'output_text', text })),
        },
      ]
    case 'client_tool_call':
      return fromClientToolCall(item)
    case 'widget':
      return [said(`The user was shown the widget "${item.id}":\n${withoutNulls(item.widget)}`)]
    case 'task':
      return fromTasks([item.task])
    case 'workflow':
      return fromTasks(item.workflow.tasks)
    case 'hidden_context_item':
      return [said(`For you alone, the user does not see this:\n${asText(item.content)}`)]
    case 'sdk_hidden_context':
      return [said(`For you alone, the user does not see this:\n${item.content}`)]
    case 'structured_input':
      return [said(`The user was asked with a form:\n${item.inputs.map(answerLine).join('\n')}`)]
    case 'generated_image': {
      if (!item.image) return []
      const image: ModelContent = { type: 'input_image', image: item.image.url }
      return [said('This is an image that you made for the user:', image)]
    }
    case 'end_of_turn':
      return []
  }
}

/** A call that the browser never answered is left out: the model would wait for its outcome. */
function fromClientToolCall(item: ClientToolCallItem): AgentInputItem[] {
  if (item.status === 'pending') return []
  return [
    {
      type: 'function_call',
      callId: item.call_id,
      name: item.name,
      arguments: JSON.stringify(item.arguments),
      status: 'completed',
    },
    {
      type: 'function_call_result',
      callId: item.call_id,
      name: item.name,
      output: { type: 'text', text: JSON.stringify(item.output ?? null) },
      status: 'completed',
    },
  ]
}

/** Tasks of other kinds tell of the model's own work, which it knows. */
function fromTasks(tasks: readonly Task[]): AgentInputItem[] {
  return tasks
    .filter((task) => task.type === 'custom')
    .map((task) => [task.title, task.content].filter(Boolean).join(': '))
    .filter((line) => line !== '')
    .map((line) => said(`The user was shown that this was done:\n${line}`))
}

function answerLine({ question, answer }: StructuredQuestion): string {
  if (!answer) return `${question} – not answered yet`
  if (answer.skipped || answer.values.length === 0) return `${question} – skipped`
  return `${question} – ${answer.values.join(', ')}`
}

function withoutNulls(value: unknown): string {
  return JSON.stringify(value, (_key, child: unknown) => child ?? undefined)
}

function asText(content: unknown): string {
  return typeof content === 'string' ? content : JSON.stringify(content ?? null)
}
