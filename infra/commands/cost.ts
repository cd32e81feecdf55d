import { allEnvironments, chooseEnvironment, ENV_OPTION } from './choose-environment.ts'
import { command, say } from './command.ts'
import { costMarkdown, costTable } from './cost-table.ts'
import { estimate } from './estimate.ts'
import { PRICES_DATE, PRICES_SOURCE } from './prices.ts'
import { WORKLOAD } from './workload.ts'

const HELP = `npm run cost -- --env NAME [--json]

Estimates what an environment costs in a month, from its templates and the price table in
infra/commands/prices.ts. Needs no credentials.

  --env NAME   the environment in infra/config.ts
  --json       the same as JSON
  --markdown   the table of infra/README.md: all environments, or the one that --env names`

const spec = {
  help: HELP,
  options: { ...ENV_OPTION, json: { type: 'boolean' }, markdown: { type: 'boolean' } },
} as const

await command(spec, async ({ env, json, markdown }) => {
  if (markdown) {
    const chosen = env === undefined ? allEnvironments() : [chooseEnvironment(env)]
    const estimates = []
    for (const settings of chosen) estimates.push(await estimate(settings))
    return say(costMarkdown(estimates))
  }
  const found = await estimate(chooseEnvironment(env))
  if (!json) return say(costTable(found))
  const { prices, ...rest } = found
  const sources = { date: PRICES_DATE, source: PRICES_SOURCE, region: prices.region }
  say(JSON.stringify({ ...rest, prices: sources, assumed: WORKLOAD }, undefined, 2))
})
