import {
  type ListSecretsCommandOutput,
  ListSecretsCommand,
  RotateSecretCommand,
  type SecretListEntry,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import type { Environment } from '../read-config.ts'
import { CommandError, say } from './command.ts'
import { secretsManagerOf } from './operator-secret.ts'

// CloudFormation puts these on all that it makes; they find a secret whatever its name is.
const STACK_TAG = 'aws:cloudformation:stack-name'
const LOGICAL_ID_TAG = 'aws:cloudformation:logical-id'
const LOGICAL_ID = /JwtSecret/

/** Starts a rotation by the function that the data stack has for it, and says what follows. */
export async function rotateJwtSecret(settings: Environment): Promise<void> {
  const client = secretsManagerOf(settings)
  try {
    const secret = await findJwtSecret(client, settings)
    await client.send(new RotateSecretCommand({ SecretId: secret.ARN, RotateImmediately: true }))
    say(afterwards(secret, settings))
  } finally {
    client.destroy()
  }
}

async function findJwtSecret(
  client: SecretsManagerClient,
  { name, environment, region }: Environment,
): Promise<SecretListEntry> {
  const stack = `${name}-${environment}-data`
  let page: string | undefined
  do {
    const answer: ListSecretsCommandOutput = await client.send(
      new ListSecretsCommand({ Filters: [{ Key: 'tag-value', Values: [stack] }], NextToken: page }),
    )
    const found = answer.SecretList?.find(
      (secret) =>
        tagOf(secret, STACK_TAG) === stack && LOGICAL_ID.test(tagOf(secret, LOGICAL_ID_TAG)),
    )
    if (found) return found
    page = answer.NextToken
  } while (page !== undefined)
  throw new CommandError(
    `The stack ${stack} has no such secret in ${region}: deploy first (npm run deploy -- --env ${environment}), or use the credentials of the account where it is.`,
  )
}

function tagOf({ Tags = [] }: SecretListEntry, key: string): string {
  return Tags.find(({ Key }) => Key === key)?.Value ?? ''
}

function afterwards({ ARN }: SecretListEntry, { environment, region }: Environment): string {
  return [
    `A new secret for tokens in ${environment} is on its way; in about two minutes it is the current one.`,
    'Nobody is signed out: tokens signed with the secret before it stay valid for another day.',
    'Let your backend sign with the new one, once it is the current one:',
    `  aws secretsmanager get-secret-value --region ${region} --secret-id ${ARN} --query SecretString --output text`,
    'If the secret before must stop being valid, rotate again afterwards.',
  ].join('\n')
}
