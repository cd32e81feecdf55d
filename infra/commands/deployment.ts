import type { Environment } from '../read-config.ts'
import type { Cdk } from './cdk.ts'
import { say } from './command.ts'
import { CDK_BUILDERS, firstInstalled } from './container-tools.ts'
import { OperatorSecret } from './operator-secret.ts'
import { demandDeployable } from './preflight.ts'

export interface DeployOptions {
  readonly cdk: Cdk
  /** Whether a person is asked before permissions change. */
  readonly asks: boolean
}

/** Deploys every stack of an environment, or says what is missing for that. */
export async function deploy(settings: Environment, { cdk, asks }: DeployOptions): Promise<number> {
  await demandDeployable(settings)
  const { environment } = settings
  const approval = asks ? [] : ['--require-approval', 'never']
  // CDK asks for docker by name, whatever else there is.
  const builder = firstInstalled(CDK_BUILDERS) ?? 'docker'
  const args = ['deploy', '--all', '-c', `env=${environment}`, ...approval]
  const code = await cdk(args, { CDK_DOCKER: builder })
  if (code === 0) say(`Next: npm run domains -- --env ${environment}`)
  return code
}

export interface DiffOptions {
  readonly cdk: Cdk
  /** Whether a difference is a failure. */
  readonly fails?: boolean | undefined
  /** Whether templates are compared without asking AWS what a change would replace. */
  readonly onlyTemplates?: boolean | undefined
}

/** Shows what would change; needs credentials that may read the stacks. */
export async function diff(settings: Environment, options: DiffOptions): Promise<number> {
  const { cdk, fails = false, onlyTemplates = false } = options
  using secret = new OperatorSecret(settings)
  await secret.demandCredentials()
  const chosen = [...(fails ? ['--fail'] : []), ...(onlyTemplates ? ['--method=template'] : [])]
  return await cdk(['diff', '-c', `env=${settings.environment}`, ...chosen])
}
