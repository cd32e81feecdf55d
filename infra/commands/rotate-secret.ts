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
const SECONDS_PER_HOUR = 3600

const ROTATED = {
  jwt: {
    part: 'data',
    logicalId: /JwtSecret/,
    what: 'secret for tokens',
    use: 'Let your backend sign with the new one, once it is the current one:',
  },
  gateway: {
    part: 'service',
    logicalId: /GatewaySecret/,
    what: 'secret for the gateway',
    use: 'Let the gateway send the new one, once it is the current one:',
  },
} as const
export type RotatedName = keyof typeof ROTATED

/** Starts a rotation by the function that a stack has for it, and says what follows. */
export async function rotateSecret(settings: Environment, which: RotatedName): Promise<void> {
  const client = secretsManagerOf(settings)
  try {
    const secret = await find(client, settings, which)
    await client.send(new RotateSecretCommand({ SecretId: secret.ARN, RotateImmediately: true }))
    say(afterwards(secret, settings, which))
  } finally {
    client.destroy()
  }
}

async function find(
  client: SecretsManagerClient,
  { name, environment, region }: Environment,
  which: RotatedName,
): Promise<SecretListEntry> {
  const { part, logicalId } = ROTATED[which]
  const stack = `${name}-${environment}-${part}`
  let page: string | undefined
  do {
    const answer: ListSecretsCommandOutput = await client.send(
      new ListSecretsCommand({ Filters: [{ Key: 'tag-value', Values: [stack] }], NextToken: page }),
    )
    const found = answer.SecretList?.find(
      (secret) =>
        tagOf(secret, STACK_TAG) === stack && logicalId.test(tagOf(secret, LOGICAL_ID_TAG)),
    )
    if (found) return found
    page = answer.NextToken
  } while (page !== undefined)
  throw new CommandError(
    `The stack ${stack} has no such secret in ${region}: deploy first (npm run deploy -- --env ${environment})${which === 'gateway' ? ' with gateway among auth.patterns' : ''}, or use the credentials of the account where it is.`,
  )
}

function tagOf({ Tags = [] }: SecretListEntry, key: string): string {
  return Tags.find(({ Key }) => Key === key)?.Value ?? ''
}

function afterwards(
  { ARN }: SecretListEntry,
  { environment, region, secrets }: Environment,
  which: RotatedName,
): string {
  const { what, use } = ROTATED[which]
  return [
    `A new ${what} in ${environment} is on its way; in about two minutes it is the current one.`,
    `Nobody is signed out: the one before it stays valid for another ${hours(secrets.overlapSeconds)}.`,
    use,
    `  aws secretsmanager get-secret-value --region ${region} --secret-id ${ARN} --query SecretString --output text`,
    'If the one before must stop being valid, rotate again afterwards.',
  ].join('\n')
}

function hours(seconds: number): string {
  return `${Math.round((seconds / SECONDS_PER_HOUR) * 10) / 10} hours`
}
