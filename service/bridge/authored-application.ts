import type { Runner } from '@openai/agents'
import type { AgentChat, Author } from '../protocol/author.ts'
import type { Chat, ChatApplication } from '../protocol/chat.ts'
import { LiveAgentChat } from './agent-chat.ts'
import { completeConverters } from './default-converters.ts'

export interface AuthoredApplicationParts {
  readonly author: Author
  readonly runner: Runner
  /** A model that says nothing for this long is given up. */
  readonly silenceMs: number
  /** Turns speech into text where the author has no way of its own. */
  readonly transcribe?: ChatApplication['transcribe']
}

/** What a team has written, as an application of ChatKit. It offers what the author has. */
export function authoredApplication(parts: AuthoredApplicationParts): ChatApplication {
  const { author, runner } = parts
  const converters = completeConverters(author.converters)
  const answer = async (
    chat: Chat,
    mayContinue: boolean,
    work: (agentChat: AgentChat) => Promise<void>,
  ) => {
    const { silenceMs } = parts
    const agentChat = new LiveAgentChat({ chat, runner, silenceMs, converters, mayContinue })
    try {
      await work(agentChat)
    } catch (error) {
      agentChat.abandon()
      throw error
    }
    await agentChat.finish()
  }
  return {
    respond: (chat, message) =>
      answer(chat, message === undefined, (agentChat) => author.respond(agentChat, message)),
    action:
      author.action &&
      (async (chat, action, sender) => {
        await answer(chat, true, async (agentChat) => author.action?.(agentChat, action, sender))
      }),
    syncAction: author.syncAction?.bind(author),
    onFeedback: author.onFeedback?.bind(author),
    transcribe: author.transcribe?.bind(author) ?? parts.transcribe,
  }
}
