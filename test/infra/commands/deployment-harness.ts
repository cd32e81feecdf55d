import type { Cdk } from '../../../infra/commands/cdk.ts'
import { command, say } from '../../../infra/commands/command.ts'
import { deploy, diff } from '../../../infra/commands/deployment.ts'
import { destroy } from '../../../infra/commands/destruction.ts'
import { config } from '../../../infra/config.ts'
import { readConfig } from '../../../infra/read-config.ts'

// A command with settings that an unedited clone does not have, and with a CDK that only says what
// it was started with. Its words: what to do, and JSON that changes the settings of dev.

const fakeCdk: Cdk = async (args, variables = {}) => {
  say(`cdk ${args.join(' ')} ${JSON.stringify(variables)}`)
  return args.includes('env=dev') ? 0 : 9
}

await command({ help: '', options: {}, words: 2 }, async (_, [action, changes = '{}']) => {
  const changed: unknown = JSON.parse(changes)
  const dev = readConfig(config, 'dev')
  const service = { ...dev.service, image: { uri: 'registry.acme.test/chat:1.2.3' } }
  const settings = { ...dev, service, hostName: 'chat.acme.test', ...Object(changed) }
  if (action === 'diff') return await diff(settings, { cdk: fakeCdk, onlyTemplates: true })
  if (action === 'destroy') return await destroy(settings, { cdk: fakeCdk, confirmed: 'dev' })
  return await deploy(settings, { cdk: fakeCdk, asks: action === 'deploy' })
})
