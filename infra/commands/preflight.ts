import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3'
import { isExample } from '../example-name.ts'
import type { Environment } from '../read-config.ts'
import { isDenied } from './aws-errors.ts'
import { CommandError, say } from './command.ts'
import { CDK_BUILDERS, firstInstalled } from './container-tools.ts'
import { OperatorSecret } from './operator-secret.ts'

// The CDK's own qualifier: with it, `cdk bootstrap` names what it makes.
const ASSETS_BUCKET_PREFIX = 'cdk-hnb659fds-assets-'
const TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 10_000 }

/**
 * Says everything that a deployment of this environment still lacks, before anything is changed.
 *
 * @throws CommandError with a sentence for each, and what to do about it.
 */
export async function demandDeployable(settings: Environment): Promise<void> {
  const { environment, hostName, region, account } = settings
  if (isExample(hostName)) {
    throw new CommandError(
      `${hostName} is an example: put your own names into infra/config.ts (environments.${environment}).`,
    )
  }
  using secret = new OperatorSecret(settings)
  await secret.demandAccess().catch(rethrowUnlessDenied(`whether ${secret.name} is set`))
  const lacking: string[] = []
  if (!(await isBootstrapped(settings))) {
    const place = `aws://${account ?? 'ACCOUNT'}/${region}`
    lacking.push(`${region} is not bootstrapped in this account: npx cdk bootstrap ${place}`)
  }
  if (!(await isSet(secret))) {
    lacking.push(
      `The OpenAI key (${secret.name}) is not set: npm run secret -- set openai --env ${environment}`,
    )
  }
  if (!settings.service.image && firstInstalled(CDK_BUILDERS) === undefined) {
    lacking.push(
      `There is none of ${CDK_BUILDERS.join(', ')} to build the image with: install one, or name an image in service.image.uri.`,
    )
  }
  if (lacking.length > 0) throw new CommandError(`Not deployed:\n  ${lacking.join('\n  ')}`)
}

async function isSet(secret: OperatorSecret): Promise<boolean> {
  const state = await secret.state().catch(rethrowUnlessDenied(`whether ${secret.name} is set`))
  return state?.isSet ?? true
}

/** The bucket that the bootstrap makes tells; its name ends with account and region. */
async function isBootstrapped({ region, account }: Environment): Promise<boolean> {
  const client = new S3Client({ region, requestHandler: TIMEOUTS })
  try {
    const answer = await client
      .send(new ListBucketsCommand({ Prefix: ASSETS_BUCKET_PREFIX }))
      .catch(rethrowUnlessDenied('whether the account is bootstrapped'))
    if (!answer) return true
    const ending = account ? `${account}-${region}` : `-${region}`
    return (answer.Buckets ?? []).some(
      ({ Name = '' }) => Name.startsWith(ASSETS_BUCKET_PREFIX) && Name.endsWith(ending),
    )
  } finally {
    client.destroy()
  }
}

// A role that may deploy need not be allowed to look; what it lacks, the CDK then finds out.
function rethrowUnlessDenied(question: string): (error: unknown) => undefined {
  return (error) => {
    if (!isDenied(error)) throw error
    say(`These credentials may not see ${question}; going on.`)
    return undefined
  }
}
