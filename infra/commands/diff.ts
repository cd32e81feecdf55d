import { cdk } from './cdk.ts'
import { chooseEnvironment, ENV_OPTION } from './choose-environment.ts'
import { command } from './command.ts'
import { diff } from './deployment.ts'

const HELP = `npm run diff -- --env NAME

Shows what a deployment would change. Reads the deployed stacks, changes nothing.

  --env NAME   the environment in infra/config.ts
  --fail       ends with 1 if there is a difference
  --templates  compares templates alone, which a role that may only look can do; else AWS is asked
               what would be replaced`

const spec = {
  help: HELP,
  options: { ...ENV_OPTION, fail: { type: 'boolean' }, templates: { type: 'boolean' } },
} as const

await command(spec, async (values) =>
  diff(chooseEnvironment(values.env), { cdk, fails: values.fail, onlyTemplates: values.templates }),
)
