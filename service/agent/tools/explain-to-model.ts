import { ModelBehaviorError } from '@openai/agents'

/**
 * What the model is told when a tool did not run, or failed: that its arguments do not fit, so that
 * it can correct them, or else that the tool failed, with nothing of the inside.
 */
export function explainToModel(_context: unknown, error: unknown): string {
  // What the schema check says is withheld by the SDK, as it quotes the arguments.
  return error instanceof ModelBehaviorError
    ? 'The arguments are not valid by the schema of the tool. Correct them and call it again.'
    : 'The tool failed. Tell the user, or try something else.'
}
