import { randomBytes } from 'node:crypto'
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'

// Runs in Lambda when Secrets Manager rotates the secret that signs tokens. It asks in four steps:
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html

export interface RotationEvent {
  readonly Step: 'createSecret' | 'setSecret' | 'testSecret' | 'finishSecret'
  readonly SecretId: string
  readonly ClientRequestToken: string
}

const SECRET_BYTES = 48
const PENDING = 'AWSPENDING'
const CURRENT = 'AWSCURRENT'

/** Longer than the service keeps a secret before it reads it again. */
const ANNOUNCEMENT_MS = 90_000

const secretsManager = new SecretsManagerClient({})

export async function handler(event: RotationEvent): Promise<void> {
  switch (event.Step) {
    case 'createSecret':
      return await create(event)
    case 'setSecret':
      // The new secret is announced before anyone signs with it: by the time that it is the current
      // one, every task has read it as the pending one.
      return await new Promise((resolve) => setTimeout(resolve, ANNOUNCEMENT_MS))
    case 'testSecret':
      return await demandValue(event)
    case 'finishSecret':
      return await finish(event)
  }
}

/** Idempotent: Secrets Manager repeats a step that has failed. */
async function create(event: RotationEvent): Promise<void> {
  if ((await valueOf(event)) !== undefined) return
  await secretsManager.send(
    new PutSecretValueCommand({
      SecretId: event.SecretId,
      ClientRequestToken: event.ClientRequestToken,
      SecretString: randomBytes(SECRET_BYTES).toString('base64url'),
      VersionStages: [PENDING],
    }),
  )
}

async function demandValue(event: RotationEvent): Promise<void> {
  const value = await valueOf(event)
  if (!value) throw new Error('the pending version of the secret has no value')
}

/** The secret so far becomes AWSPREVIOUS by itself, and the service goes on accepting it. */
async function finish({ SecretId, ClientRequestToken }: RotationEvent): Promise<void> {
  const { VersionIdsToStages = {} } = await secretsManager.send(
    new DescribeSecretCommand({ SecretId }),
  )
  const current = Object.keys(VersionIdsToStages).find((version) =>
    VersionIdsToStages[version]?.includes(CURRENT),
  )
  if (current === ClientRequestToken) return
  await secretsManager.send(
    new UpdateSecretVersionStageCommand({
      SecretId,
      VersionStage: CURRENT,
      MoveToVersionId: ClientRequestToken,
      RemoveFromVersionId: current,
    }),
  )
}

async function valueOf({ SecretId, ClientRequestToken }: RotationEvent) {
  try {
    const command = new GetSecretValueCommand({
      SecretId,
      VersionId: ClientRequestToken,
      VersionStage: PENDING,
    })
    return (await secretsManager.send(command)).SecretString
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined
    throw error
  }
}
