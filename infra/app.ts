import { Annotations, App } from 'aws-cdk-lib'
import { config } from './config.ts'
import { isExample } from './example-name.ts'
import { addPolicy } from './policy/add-policy.ts'
import { ConfigError, type Environment, readConfig } from './read-config.ts'
import { addStacks } from './stacks.ts'

// The environment in which a mistake costs least.
const ENVIRONMENT_DEFAULT = 'dev'

const app = new App()

try {
  const chosen: unknown = app.node.tryGetContext('env')
  const settings = readConfig(config, chosen ?? process.env['CHATKIT_ENV'] ?? ENVIRONMENT_DEFAULT)
  const { service } = addStacks(app, settings)
  if (process.env['CDK_VALIDATION'] !== 'false') addPolicy(app, settings)
  if (isExample(settings.hostName)) {
    Annotations.of(service).addWarningV2(
      'chatkit:example-host-name',
      `${settings.hostName} is an example: put your own names into infra/config.ts before you deploy`,
    )
  }
  process.stdout.write(`${summaryOf(settings)}\n`)
} catch (error) {
  if (!(error instanceof ConfigError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}

function summaryOf({
  name,
  environment,
  region,
  hostName,
  service,
  streaming,
}: Environment): string {
  const { architecture, cpu, tasks } = service
  return [
    `${name} ${environment} in ${region}: https://${hostName}`,
    `${tasks.min} to ${tasks.max} tasks (${architecture}, ${cpu / 1024} vCPU)`,
    `streams up to ${streaming.streamSecondsMax} s, drained for ${streaming.drainSeconds} s`,
  ].join('; ')
}
