import { Annotations, App } from 'aws-cdk-lib'
import { z } from 'zod'
import { allEnvironments } from './commands/choose-environment.ts'
import { CommandError } from './commands/command.ts'
import { config } from './config.ts'
import { DeployRoleStack } from './deploy-role-stack.ts'
import { ConfigError, type Environment, readConfig } from './read-config.ts'

// A small app of its own, as a person deploys it once and no workflow may change it:
// npx cdk deploy --app "node infra/deploy-role.ts" -c env=prod -c repository=OWNER@ID/NAME@ID
//
// GitHub tells who a workflow is by names and ids, or by names alone where the repository is older
// than 15 July 2026 and has kept its name. The ids are numbers that only GitHub knows:
// gh api repos/OWNER/NAME --jq '"\(.owner.login)@\(.owner.id)/\(.name)@\(.id)"'
// An account that knows GitHub already also needs: -c provider=existing

const Repository = z.string().regex(/^[\w.-]+\/[\w.-]+$|^[\w.-]+@\d+\/[\w.-]+@\d+$/)
const Provider = z.enum(['new', 'existing']).default('new')

const app = new App()

try {
  const settings = readConfig(config, app.node.tryGetContext('env'))
  const repository = Repository.safeParse(app.node.tryGetContext('repository'))
  if (!repository.success) {
    throw new CommandError(
      'Say whose workflows: -c repository=OWNER@ID/NAME@ID with the ids on GitHub, or OWNER/NAME for a repository whose tokens have none (infra/README.md).',
    )
  }
  const provider = Provider.safeParse(app.node.tryGetContext('provider'))
  if (!provider.success) throw new CommandError('-c provider= must be new or existing.')
  const createsProvider = provider.data === 'new'
  const stack = new DeployRoleStack(app, settings, { repository: repository.data, createsProvider })
  const neighbours = inTheSameAccount(settings)
  if (neighbours.length > 0) {
    Annotations.of(stack).addWarningV2(
      'chatkit:shared-account',
      `Whoever deploys ${settings.environment} from GitHub can deploy and delete ${neighbours.join(' and ')} as well, unless in another account: give each an account in infra/config.ts (infra/README.md, "From GitHub")`,
    )
  }
  process.stdout.write(`${stack.stackName} for ${repository.data}\n`)
} catch (error) {
  if (!(error instanceof CommandError || error instanceof ConfigError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}

/**
 * The environments that may share the account: one without an account takes that of the
 * credentials.
 */
function inTheSameAccount({ environment, account }: Environment): string[] {
  return allEnvironments()
    .filter((other) => other.environment !== environment)
    .filter((other) => !account || !other.account || other.account === account)
    .map((other) => other.environment)
}
