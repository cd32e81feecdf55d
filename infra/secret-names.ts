/**
 * The name of the secret that holds the OpenAI key of an environment.
 *
 * No stack makes it: an operator does, before the first deployment, by
 * `npm run secret -- set openai --env …`. So no deployment can empty it, and none waits for it.
 */
export function openAiKeyName(settings: { readonly name: string; readonly environment: string }) {
  return `${settings.name}/${settings.environment}/openai-api-key`
}
