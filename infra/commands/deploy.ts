import { cdk } from './cdk.ts'
import { chooseEnvironment, ENV_OPTION } from './choose-environment.ts'
import { command } from './command.ts'
import { deploy } from './deployment.ts'

const HELP = `npm run deploy -- --env NAME [--yes]

Deploys all stacks of an environment, after it has looked whether everything is there that this needs:
credentials, the bootstrap, the OpenAI key, a program that builds the image.

  --env NAME   the environment in infra/config.ts
  --yes        does not ask before it changes permissions`

const spec = { help: HELP, options: { ...ENV_OPTION, yes: { type: 'boolean' } } } as const

await command(spec, async (values) =>
  deploy(chooseEnvironment(values.env), { cdk, asks: !values.yes }),
)
