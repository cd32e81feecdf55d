import { chooseEnvironment, ENV_OPTION } from './choose-environment.ts'
import { command, CommandError, say, UsageError } from './command.ts'
import { rotateJwtSecret } from './rotate-jwt-secret.ts'
import { faultOfOpenAiKey } from './openai-key.ts'
import { readUnseen } from './read-unseen.ts'
import { OperatorSecret } from './operator-secret.ts'

// `npm run secret -- set openai --env prod`. No value is ever an argument: arguments are in the
// shell's history, and everyone on the machine sees them in the list of processes.

const HELP = `npm run secret -- set openai | rotate jwt | status --env NAME

  set openai   asks for the OpenAI API key, unseen, and stores it in Secrets Manager. Also takes it
               from standard input: op read … | npm run -s secret -- set openai --env prod
  rotate jwt   makes a new secret that tokens are signed with; the one before stays valid until the
               next rotation
  status       says whether the OpenAI key is set and since when, without reading it

  --env NAME         the environment in infra/config.ts
  --other-provider   accepts a key that does not look like one of OpenAI

Needs AWS credentials for the account of the environment; \`rotate jwt\` also its data stack.`

const spec = {
  help: HELP,
  options: { ...ENV_OPTION, 'other-provider': { type: 'boolean' } },
  words: 2,
} as const

await command(spec, async (values, words) => {
  const action = words.join(' ')
  if (action !== 'set openai' && action !== 'rotate jwt' && action !== 'status') {
    throw new UsageError(
      `"${action}" is not something that can be done; one of these is: set openai, rotate jwt, status.`,
    )
  }
  const settings = chooseEnvironment(values.env)
  if (action === 'rotate jwt') return await rotateJwtSecret(settings)
  using secret = new OperatorSecret(settings)
  if (action === 'status') {
    const state = await secret.state()
    say(state.isSet ? `${secret.name} is set, since ${state.since}.` : `${secret.name} is not set.`)
    return
  }
  // Before the question, so that nobody pastes a key only to hear that it cannot be stored.
  await secret.demandAccess()
  const key = (await readUnseen(`OpenAI API key for ${settings.environment} (not shown): `)).trim()
  const fault = faultOfOpenAiKey(key, values['other-provider'] ? 'any' : 'openai')
  if (fault !== undefined) throw new CommandError(`Nothing was stored: ${fault}.`)
  await secret.store(key)
  say(`${secret.name} is set in ${settings.region}. Running tasks use it within a minute.`)
})
