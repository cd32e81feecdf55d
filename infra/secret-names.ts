import { ArnFormat, type Stack } from 'aws-cdk-lib'

/**
 * The name of the secret that holds the OpenAI key of an environment.
 *
 * No stack makes it: an operator does, before the first deployment, by
 * `npm run secret -- set openai --env …`. So no deployment can empty it, and none waits for it.
 */
export function openAiKeyName(settings: { readonly name: string; readonly environment: string }) {
  return `${settings.name}/${settings.environment}/openai-api-key`
}

/**
 * The ARN of a secret that somebody else makes, by its name; that of one that is named by its ARN.
 */
export function arnOfSecret(stack: Stack, id: string): string {
  if (id.startsWith('arn:')) return id
  return stack.formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    // Secrets Manager adds a hyphen and six characters to each name.
    resourceName: `${id}-??????`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  })
}
