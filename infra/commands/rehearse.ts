import type { Environment } from '../read-config.ts'
import { chooseEnvironment, ENV_OPTION } from './choose-environment.ts'
import { command, say } from './command.ts'
import { rehearse } from './rehearsal/rehearsal.ts'

const HELP = `npm run rehearse -- --env NAME

Deploys an environment with the real CLI to an AWS that runs on this machine (moto), asks it what
exists and compares that with the configuration; then deploys a change, and destroys everything, or
sees that it is refused where the environment is not disposable.
Touches no account. Needs Python 3 with moto: pip install 'moto[server]' (and cfn-lint, if you like).

  --env NAME   the environment in infra/config.ts
  --verbose    shows what every step says`

const spec = { help: HELP, options: { ...ENV_OPTION, verbose: { type: 'boolean' } } } as const

await command(spec, async (values) => {
  const settings = chooseEnvironment(values.env)
  await rehearse(settings, values.verbose ?? false)
  say(rehearsed(settings))
})

function rehearsed({ environment, disposable }: Environment): string {
  return disposable
    ? `${environment} can be deployed, changed and destroyed.`
    : `${environment} can be deployed and changed, and no command destroys it; how a person does is not rehearsed.`
}
