import type { Environment } from '../read-config.ts'
import { chooseEnvironment, ENV_OPTION } from './choose-environment.ts'
import { command, say, UsageError } from './command.ts'
import { OperatorSecret } from './operator-secret.ts'
import { type RotatedName, rotateSecret } from './rotate-secret.ts'
import { setOpenAiKey } from './set-openai-key.ts'

// `npm run secret -- set openai --env prod`. No value is ever an argument: arguments are in the
// shell's history, and everyone on the machine sees them in the list of processes.

const HELP = `npm run secret -- set openai | rotate jwt | rotate gateway | status --env NAME

  set openai       asks for the OpenAI API key, unseen, and stores it in Secrets Manager. Also takes
                   it from standard input: op read … | npm run -s secret -- set openai --env prod
  rotate jwt       makes a new secret that tokens are signed with; the one before stays valid for a
                   day, or as long as secrets.overlapSeconds says
  rotate gateway   the same for what a gateway proves itself by
  status           says whether the OpenAI key is set and since when, without reading it

  --env NAME         the environment in infra/config.ts
  --other-provider   accepts a key that does not look like one of OpenAI

Needs AWS credentials for the account of the environment; \`rotate\` also its stacks.`

const ROTATIONS: Readonly<Record<string, RotatedName>> = {
  'rotate jwt': 'jwt',
  'rotate gateway': 'gateway',
}

const spec = {
  help: HELP,
  options: { ...ENV_OPTION, 'other-provider': { type: 'boolean' } },
  words: 2,
} as const

await command(spec, async (values, words) => {
  const action = words.join(' ')
  const rotated = ROTATIONS[action]
  if (action !== 'set openai' && action !== 'status' && !rotated) {
    throw new UsageError(
      `"${action}" is not something that can be done; one of these is: set openai, ${Object.keys(ROTATIONS).join(', ')}, status.`,
    )
  }
  const settings = chooseEnvironment(values.env)
  if (rotated) return await rotateSecret(settings, rotated)
  if (action === 'set openai') {
    return await setOpenAiKey(settings, values['other-provider'] ? 'any' : 'openai')
  }
  await showStatus(settings)
})

async function showStatus(settings: Environment): Promise<void> {
  using secret = new OperatorSecret(settings)
  const account = await secret.demandAccess()
  const state = await secret.state()
  if (state.isSet) return say(`${secret.name} is set, since ${state.since}.`)
  say(`${secret.name} is not set.`)
  if (account !== undefined || settings.account === undefined) return
  // Keys of their own do not say whose they are, and what does not exist has no owner.
  say(
    `That is so in the account of these credentials: see with \`aws sts get-caller-identity\` whether it is ${settings.account}, that of ${settings.environment} (infra/config.ts).`,
  )
}
