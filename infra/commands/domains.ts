import type { Environment } from '../read-config.ts'
import { chooseEnvironment, ENV_OPTION } from './choose-environment.ts'
import { command, say } from './command.ts'
import { allowlistSteps, pagesOf } from './domain-allowlist.ts'

// `npm run domains -- --env prod`: the one step of a deployment that only a person can do.

const HELP = `npm run domains -- --env NAME

Says which domains to register with OpenAI before pages may embed ChatKit, where, how to put the key
into the page, and how to see that it worked. Needs no credentials. The long form: infra/RUNBOOK.md,
"Domain allowlist".

  --env NAME   the environment in infra/config.ts
  --json       only the domains, as JSON`

await command(
  { help: HELP, options: { ...ENV_OPTION, json: { type: 'boolean' } } },
  async (values) => {
    const settings = chooseEnvironment(values.env)
    say(values.json ? asJson(settings) : allowlistSteps(settings))
  },
)

function asJson({ origins }: Environment): string {
  return JSON.stringify(pagesOf(origins).flatMap(({ domain }) => domain ?? []))
}
