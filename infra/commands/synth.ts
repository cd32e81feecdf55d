import { cdk } from './cdk.ts'
import { chooseEnvironment } from './choose-environment.ts'
import { command, UsageError } from './command.ts'

// Here, as the CDK itself says of an option that it does not know that it ignores it, and goes on.

const HELP = `npm run synth -- [--env NAME]

Makes the templates of an environment in cdk.out, and checks every policy on them. Needs no
credentials, no network and no Docker.

  --env NAME            the environment in infra/config.ts; -c env=NAME means the same. Without either
                        it is that of CHATKIT_ENV, or dev
  -c, --context KEY=VALUE   as the CDK takes it
  -o, --output FOLDER   another place than cdk.out`

const spec = {
  help: HELP,
  options: {
    env: { type: 'string', multiple: true },
    context: { type: 'string', short: 'c', multiple: true },
    output: { type: 'string', short: 'o' },
  },
} as const

const CHOICE = 'env='

await command(spec, async ({ env = [], context = [], output }) => {
  const chosen = [
    ...env,
    ...context.filter((one) => one.startsWith(CHOICE)).map((one) => one.slice(CHOICE.length)),
  ]
  const [name] = chosen
  if (new Set(chosen).size > 1) {
    throw new UsageError(`One environment at a time, and not ${chosen.join(' and ')}.`)
  }
  const others = context.filter((one) => !one.startsWith(CHOICE))
  const words = others.flatMap((one) => ['-c', one])
  if (name !== undefined) words.push('-c', `${CHOICE}${chooseEnvironment(name).environment}`)
  return await cdk(['synth', '--quiet', ...words, ...(output ? ['--output', output] : [])])
})
