import { ModelBehaviorError } from '@openai/agents'
import type { RunContext } from '@openai/agents'
import type { AgentChat } from '../../protocol/author.ts'

/**
 * What the model is told when a tool did not run, or failed: that its arguments do not fit, so that
 * it can correct them, or else that the tool failed, with nothing of the inside. That is logged.
 */
export function explainToModel({ context }: RunContext<AgentChat>, error: unknown): string {
  // What the schema check says is withheld by the SDK, as it quotes the arguments.
  if (error instanceof ModelBehaviorError) {
    return 'The arguments are not valid by the schema of the tool. Correct them and call it again.'
  }
  context.noteFailure(error)
  return 'The tool failed. Tell the user, or try something else.'
}
