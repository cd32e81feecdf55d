import type { AgentInputItem, ModelRequest } from '@openai/agents'

export interface ToolResult {
  readonly name: string
  readonly arguments: string
  readonly output: string
}

/** What a model needs to know of a conversation in order to give the next answer. */
export interface Turn {
  /** The last message of the user, who may have sent several since the last answer. */
  readonly message: string
  /** All of what the user said since the last answer, newest first. */
  readonly text: string
  /** The tools that were called since then. */
  readonly results: readonly ToolResult[]
  readonly called: ReadonlySet<string>
  /** How many widgets the user was shown since then. */
  readonly shown: number
  /** Whether the assistant has said nothing yet. */
  readonly isFirst: boolean
}

// What the service tells a model in the place of the user. Nobody said these words.
const WIDGET_NOTE = /^The user was shown the widget "/
const OTHER_NOTE =
  /^(?:For you alone, the user does not see this|The user was shown this work|You showed the user an image|The message above is about this passage)\b/

export function readTurn(input: ModelRequest['input']): Turn {
  const whole = typeof input === 'string' ? [userMessage(input)] : input
  const items = whole.filter((item) => !isUser(item) || !isNote(textOf(item)))
  const lastUser = items.findLastIndex(isUser)
  const before = items.slice(0, lastUser + 1).findLastIndex((item) => !isUser(item))
  const messages = items
    .slice(before + 1, lastUser + 1)
    .map(textOf)
    .toReversed()
  const since = items.slice(lastUser + 1)
  const calls = since.filter((item) => item.type === 'function_call')
  const notes = whole.slice(whole.findLastIndex((item) => item === items[lastUser]) + 1)
  return {
    message: messages[0] ?? '',
    text: messages.join('\n'),
    results: since
      .filter((item) => item.type === 'function_call_result')
      .map((item) => ({
        name: item.name,
        arguments: calls.find((call) => call.callId === item.callId)?.arguments ?? '{}',
        output: outputText(item.output),
      })),
    called: new Set(calls.map((call) => call.name)),
    shown: notes.filter((item) => isUser(item) && WIDGET_NOTE.test(textOf(item))).length,
    isFirst: !items.some((item) => 'role' in item && item.role === 'assistant'),
  }
}

function userMessage(content: string): AgentInputItem {
  return { type: 'message', role: 'user', content }
}

function isUser(item: AgentInputItem): boolean {
  return 'role' in item && item.role === 'user'
}

function isNote(text: string): boolean {
  return WIDGET_NOTE.test(text) || OTHER_NOTE.test(text)
}

function textOf(item: AgentInputItem): string {
  if (!('content' in item) || item.content === undefined) return ''
  if (typeof item.content === 'string') return item.content
  return item.content.map((part) => ('text' in part ? part.text : '')).join('\n')
}

type ToolOutput = Extract<AgentInputItem, { type: 'function_call_result' }>['output']

function outputText(output: ToolOutput): string {
  if (typeof output === 'string') return output
  const parts = Array.isArray(output) ? output : [output]
  return parts.map((part) => ('text' in part ? part.text : `(${part.type})`)).join('\n')
}
