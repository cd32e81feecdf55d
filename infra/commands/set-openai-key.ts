import type { Environment } from '../read-config.ts'
import { CommandError, say } from './command.ts'
import { faultOfOpenAiKey } from './openai-key.ts'
import { OperatorSecret } from './operator-secret.ts'
import { readUnseen } from './read-unseen.ts'

/** Asks a person, or standard input, for the key of an environment, and stores it. */
export async function setOpenAiKey(
  settings: Environment,
  provider: 'openai' | 'any',
): Promise<void> {
  const { environment, region } = settings
  using secret = new OperatorSecret(settings)
  // Before the question, so that nobody pastes a key only to hear that it cannot be stored.
  await secret.demandAccess()
  const key = (await readUnseen(`OpenAI API key for ${environment} (not shown): `)).trim()
  const fault = faultOfOpenAiKey(key, provider)
  if (fault !== undefined) throw new CommandError(`Nothing was stored: ${fault}.`)
  await secret.store(key)
  say(`${secret.name} is set in ${region}. Running tasks use it within a minute.`)
}
