import type { AgentInputItem } from '@openai/agents'
import type { ClientToolCallItem, ThreadItem, UserMessageItem } from '../protocol/items.ts'
import type { Task } from '../protocol/tasks.ts'

/** What the model is told of the past, at most. The newest is kept. */
export const HISTORY_ITEMS_MAX = 200
const HISTORY_LENGTH_MAX = 200_000

/**
 * The conversation as the model reads it. What is too long ago to fit is left out, whole items at
 * a time, so that no call of a tool loses its outcome.
 */
export function toModelInput(items: readonly ThreadItem[]): AgentInputItem[] {
  const groups: AgentInputItem[][] = []
  let length = 0
  for (const [index, item] of [...items.entries()].toReversed()) {
    const group = toInput(item, index === items.length - 1)
    length += group.reduce((sum, one) => sum + JSON.stringify(one).length, 0)
    // The newest item is what the answer is about: it is never left out.
    if (length > HISTORY_LENGTH_MAX && groups.length > 0) break
    groups.unshift(group)
  }
  return groups.flat()
}

function toInput(item: ThreadItem, isNewest: boolean): AgentInputItem[] {
  switch (item.type) {
    case 'user_message':
      return fromUserMessage(item, isNewest)
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
      return [said(`The user was shown the widget "${item.id}":\n${JSON.stringify(item.widget)}`)]
    case 'task':
      return taskLines([item.task])
    case 'workflow':
      return taskLines(item.workflow.tasks)
    case 'hidden_context_item':
      return [said(`For you alone, the user does not see this:\n${asText(item.content)}`)]
    case 'sdk_hidden_context':
      return [said(`For you alone, the user does not see this:\n${item.content}`)]
    case 'structured_input':
      return [said(`Answers of the user to a form:\n${JSON.stringify(item.inputs)}`)]
    case 'generated_image':
      return item.image ? [said('You showed the user an image that you made.')] : []
    case 'end_of_turn':
      return []
  }
}

function fromUserMessage(item: UserMessageItem, isNewest: boolean): AgentInputItem[] {
  const text = item.content
    .map((part) => (part.type === 'input_text' ? part.text : `@${part.text}`))
    .join('')
  const names = item.attachments.map(({ name }) => `\n[attached: ${name}]`).join('')
  const input = [said(text + names)]
  // A quotation is about this question; in an old one it would only take room.
  if (isNewest && item.quoted_text) {
    input.push(said(`The message above is about this passage:\n${item.quoted_text}`))
  }
  return input
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

function taskLines(tasks: readonly Task[]): AgentInputItem[] {
  const lines = tasks
    .filter((task) => task.type === 'custom')
    .map((task) => [task.title, task.content].filter(Boolean).join(': '))
    .filter((line) => line !== '')
  return lines.length === 0 ? [] : [said(`The user was shown this work:\n${lines.join('\n')}`)]
}

function said(text: string): AgentInputItem {
  return { role: 'user', content: [{ type: 'input_text', text }] }
}

function asText(content: unknown): string {
  return typeof content === 'string' ? content : JSON.stringify(content)
}
