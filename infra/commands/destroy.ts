import { cdk } from './cdk.ts'
import { chooseEnvironment, ENV_OPTION } from './choose-environment.ts'
import { command } from './command.ts'
import { destroy } from './destruction.ts'

const HELP = `npm run destroy -- --env NAME [--confirm NAME]

Without --confirm it only says what would be lost. Environments that are not disposable are refused.

  --env NAME       the environment in infra/config.ts
  --confirm NAME   the same name again: destroys it`

const spec = { help: HELP, options: { ...ENV_OPTION, confirm: { type: 'string' } } } as const

await command(spec, async (values) =>
  destroy(chooseEnvironment(values.env), { cdk, confirmed: values.confirm }),
)
