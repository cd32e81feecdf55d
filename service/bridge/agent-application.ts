import { isOpenAIResponsesRawModelStreamEvent } from '@openai/agents'
import type { Agent, RunItemStreamEvent, Runner } from '@openai/agents'
import type { Chat, ChatApplication } from '../protocol/chat.ts'
import type { UserMessageItem } from '../protocol/items.ts'
import { NormalisedEvents } from './normalised-events.ts'
import { ResponsesEvents } from './responses-events.ts'
import { demandLife } from './silence.ts'
import { HISTORY_ITEMS_MAX, toModelInput } from './to-model-input.ts'
import { toUserFailure } from './upstream-failure.ts'

/** Calls of the model in one answer: each round of tools needs one. */
const TURNS_MAX = 20

export interface AgentApplicationParts {
  readonly agent: Agent<Chat>
  readonly runner: Runner
  /** A title for a conversation that has none, from what the user said first. */
  readonly titleOf: (message: UserMessageItem) => string | undefined
  /** A model that says nothing for this long is given up. */
  readonly silenceMs: number
}

/** The agent as an application of ChatKit. Its tools get the `Chat` as their run context. */
export function agentApplication(parts: AgentApplicationParts): ChatApplication {
  return {
    respond: async (chat, message) => {
      if (message && chat.thread.title === undefined) chat.thread.title = parts.titleOf(message)
      try {
        await runAgent(chat, parts)
      } catch (error) {
        throw toUserFailure(error)
      }
    },
  }
}

async function runAgent(chat: Chat, parts: AgentApplicationParts): Promise<void> {
  const items = await chat.history(HISTORY_ITEMS_MAX)
  const silence = new AbortController()
  const result = await parts.runner.run(parts.agent, toModelInput(items), {
    stream: true,
    context: chat,
    maxTurns: TURNS_MAX,
    signal: AbortSignal.any([chat.signal, silence.signal]),
  })
  const raw = new ResponsesEvents(chat)
  const normalised = new NormalisedEvents(chat)
  let isRaw = false
  const toolsAtWork = new Set<string>()
  const life = demandLife(result, {
    silenceMs: parts.silenceMs,
    isBusy: () => toolsAtWork.size > 0,
    onSilence: () => silence.abort(),
  })
  try {
    for await (const event of life) {
      if (event.type === 'run_item_stream_event') noteWork(event, toolsAtWork)
      if (event.type !== 'raw_model_stream_event') continue
      // After a handoff another model may answer, one without raw events.
      if (event.data.type === 'response_started') {
        isRaw = false
        toolsAtWork.clear()
      }
      // With the Responses API the SDK gives both forms of each delta: only the raw one counts.
      if (isOpenAIResponsesRawModelStreamEvent(event)) {
        isRaw = true
        await raw.apply(event.data.event)
      } else if (!isRaw) {
        await normalised.apply(event.data)
      }
    }
    await result.completed
    if (result.error instanceof Error) throw result.error
    await raw.end()
    await normalised.end()
  } finally {
    const { inputTokens, outputTokens } = result.state.usage
    chat.addUsage({ inputTokens, outputTokens })
  }
}

/** Tools of ours only: one that the provider hosts is part of the model's own answer. */
function noteWork({ name, item }: RunItemStreamEvent, atWork: Set<string>): void {
  const { rawItem } = item
  if (!rawItem || !('callId' in rawItem) || typeof rawItem.callId !== 'string') return
  if (name === 'tool_called' && rawItem.type === 'function_call') atWork.add(rawItem.callId)
  if (name === 'tool_output') atWork.delete(rawItem.callId)
}
