import type { AgentChat, Converters } from '../protocol/author.ts'
import type { Chat } from '../protocol/chat.ts'
import type { OpenWorkflow } from './open-workflow.ts'

/** Where the model's answer is shown. */
export interface Stage {
  /** What becomes visible through it ends the open workflow. */
  readonly chat: AgentChat
  readonly workflow: OpenWorkflow
  /** Shows items that do not end the open workflow: thinking and drawing alternate. */
  readonly beside: Pick<Chat, 'send'>
  readonly converters: Converters
}
