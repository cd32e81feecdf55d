import {
  DescribeSecretCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'

// Runs in Lambda when CloudFormation creates or updates the service: it fails the deployment, in
// words, when a secret that only an operator can set has no value. It never reads the value.

export interface DeploymentEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete'
  readonly ResponseURL: string
  readonly StackId: string
  readonly RequestId: string
  readonly LogicalResourceId: string
  readonly PhysicalResourceId?: string
  readonly ResourceProperties: { readonly SecretId: string; readonly Advice: string }
}

const secretsManager = new SecretsManagerClient({})

export async function handler(event: DeploymentEvent): Promise<void> {
  const fault = event.RequestType === 'Delete' ? undefined : await faultOf(event)
  const answer = {
    Status: fault === undefined ? 'SUCCESS' : 'FAILED',
    Reason: fault,
    PhysicalResourceId: event.PhysicalResourceId ?? event.ResourceProperties.SecretId,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
  }
  // The address is signed for an empty content type.
  const response = await fetch(event.ResponseURL, {
    method: 'PUT',
    headers: { 'content-type': '' },
    body: JSON.stringify(answer),
  })
  if (!response.ok) throw new Error(`CloudFormation has answered ${response.status}`)
}

/** What is wrong, or undefined. A failure of the question itself is one, too. */
async function faultOf({ ResourceProperties }: DeploymentEvent): Promise<string | undefined> {
  const { SecretId, Advice } = ResourceProperties
  try {
    const { VersionIdsToStages = {}, DeletedDate } = await secretsManager.send(
      new DescribeSecretCommand({ SecretId }),
    )
    // It still has its versions, and nobody can read them any more.
    if (DeletedDate) return `The secret ${SecretId} is being deleted. ${Advice}`
    const stages = Object.values(VersionIdsToStages).flat()
    return stages.includes('AWSCURRENT') ? undefined : `The secret ${SecretId} is empty. ${Advice}`
  } catch (error) {
    if (error instanceof ResourceNotFoundException) {
      return `The secret ${SecretId} does not exist. ${Advice}`
    }
    return `The secret ${SecretId} cannot be looked at: ${String(error)}`
  }
}
